// The archive: what own devices keep for those that are linked later. The
// server holds its parts and can neither read nor exchange them.
import { concat, expectLength, uint, uuidBytes } from './bytes.ts'
import { open, seal } from './box.ts'
import { IdentityError, type Bytes } from './types.ts'

const version = 2
const headLength = 5
const maxRevision = 0xffffffff
const purpose = 'ngx_chat archive v2'
const firstPurpose = 'ngx_chat archive v1'
const maxParts = 1024

function bound(account: string, part: number): Bytes {
  if (!Number.isInteger(part) || part < 0 || part >= maxParts) {
    throw new IdentityError('malformed', `an archive has parts 0 to ${maxParts - 1}, not ${part}`)
  }
  return concat(uuidBytes(account), uint(part, 4))
}

/** A part and its revision: each time it is written it has a higher one, so that an older one is known for what it is. */
export interface Part {
  revision: number
  plaintext: Bytes
}

/** Version (1) ‖ revision (4) ‖ box; all of it is bound. */
export async function sealPart(archiveKey: Bytes, account: string, part: number, { revision, plaintext }: Part): Promise<Bytes> {
  expectLength(archiveKey, 32, 'an archive key')
  if (!Number.isInteger(revision) || revision < 1 || revision > maxRevision) {
    throw new IdentityError('malformed', `a part has revisions 1 to ${maxRevision}, not ${revision}`)
  }
  const head = concat(Uint8Array.of(version), uint(revision, 4))
  return concat(head, await seal(archiveKey, uuidBytes(account), purpose, concat(bound(account, part), head), plaintext))
}

/** Parts of the first version have no revision, and are read as revision 0. */
export async function openPart(archiveKey: Bytes, account: string, part: number, sealed: Bytes): Promise<Part> {
  expectLength(archiveKey, 32, 'an archive key')
  const salt = uuidBytes(account)
  if (sealed[0] !== version) {
    return { revision: 0, plaintext: await open(archiveKey, salt, firstPurpose, bound(account, part), sealed) }
  }
  const head = concat(sealed.subarray(0, headLength))
  const plaintext = await open(archiveKey, salt, purpose, concat(bound(account, part), head), concat(sealed.subarray(headLength)))
  return { revision: new DataView(head.buffer).getUint32(1), plaintext }
}
