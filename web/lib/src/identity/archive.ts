// The archive: what own devices keep for those that are linked later. The
// server holds its parts and can neither read nor exchange them.
import { concat, expectLength, uint, uuidBytes } from './bytes.ts'
import { open, seal } from './box.ts'
import { IdentityError, type Bytes } from './types.ts'

const purpose = 'ngx_chat archive v1'
const maxParts = 1024

function bound(account: string, part: number): Bytes {
  if (!Number.isInteger(part) || part < 0 || part >= maxParts) {
    throw new IdentityError('malformed', `an archive has parts 0 to ${maxParts - 1}, not ${part}`)
  }
  return concat(uuidBytes(account), uint(part, 4))
}

export async function sealPart(archiveKey: Bytes, account: string, part: number, plaintext: Bytes): Promise<Bytes> {
  expectLength(archiveKey, 32, 'an archive key')
  return seal(archiveKey, uuidBytes(account), purpose, bound(account, part), plaintext)
}

export async function openPart(archiveKey: Bytes, account: string, part: number, sealed: Bytes): Promise<Bytes> {
  expectLength(archiveKey, 32, 'an archive key')
  return open(archiveKey, uuidBytes(account), purpose, bound(account, part), sealed)
}
