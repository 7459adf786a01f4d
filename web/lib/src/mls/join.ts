// Coming into a group: by a Welcome, or by an external commit.
import {
  encodeMlsMessage, joinGroup, joinGroupExternal, makePskIndex, type GroupInfo, type Welcome,
} from 'ts-mls'
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js'
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js'
import { config, implementation, suiteNumber } from './config.ts'
import { checkGroupInfo, decodeGroupInfo, decodeWelcome, same } from './codec.ts'
import { makeGroupInfo } from './create.ts'
import { MlsError, typed } from './error.ts'
import { generate, openStored, type LibraryKeys } from './keys.ts'
import { findLeaf, ownLeaf, wrap } from './state.ts'
import type { Bytes, CheckLeaf, DeviceIdentity, Group, GroupInfoHead, StoredKeyPackage } from './types.ts'

interface OpenedWelcome {
  welcome: Welcome
  keys: LibraryKeys
  ref: Bytes
  head: GroupInfoHead
}

/** Finds the key package a Welcome is for and looks into it before the costly checks. */
async function openWelcome(
  id: DeviceIdentity, bytes: Bytes, held: readonly StoredKeyPackage[],
): Promise<OpenedWelcome> {
  const welcome = decodeWelcome(bytes)
  const cs = await implementation(suiteNumber(welcome.cipherSuite))
  for (const stored of held) {
    const keys = openStored(id, stored)
    if (keys.publicPackage.cipherSuite !== welcome.cipherSuite) {
      continue
    }
    const ref = await makeKeyPackageRef(keys.publicPackage, cs.hash)
    if (!welcome.secrets.some(({ newMember }) => same(newMember, ref))) {
      continue
    }
    const init = await cs.hpke.importPrivateKey(keys.privatePackage.initPrivateKey)
    const secrets = await decryptGroupSecrets(init, ref, welcome, cs.hpke)
    if (!secrets) {
      throw new MlsError('malformed', 'a Welcome without secrets')
    }
    if (secrets.psks.length > 0) {
      throw new MlsError('refused', 'a Welcome that asks for a pre-shared key')
    }
    const info = await decryptGroupInfo(welcome, secrets.joinerSecret, new Uint8Array(cs.kdf.size), cs)
    if (!info) {
      throw new MlsError('malformed', 'a Welcome without a group')
    }
    return { welcome, keys, ref, head: checkGroupInfo(info) }
  }
  throw new MlsError('unknown_member', 'a Welcome for none of the key packages that we hold')
}

/** What a Welcome leads into, before anything is verified: whom to look up for `check`. */
export async function readWelcome(
  id: DeviceIdentity, welcome: Bytes, held: readonly StoredKeyPackage[],
): Promise<GroupInfoHead & { usedRef: Bytes }> {
  return typed(async () => {
    const { head, ref } = await openWelcome(id, welcome, held)
    return { ...head, usedRef: ref }
  })
}

/** Joins. Delete the secret of `usedRef` in the transaction that stores the group. */
export async function joinByWelcome(
  id: DeviceIdentity, welcome: Bytes, held: readonly StoredKeyPackage[], check: CheckLeaf,
): Promise<{ group: Group; usedRef: Bytes }> {
  return typed(async () => {
    const opened = await openWelcome(id, welcome, held)
    const cs = await implementation(opened.head.suite)
    const state = await joinGroup(
      opened.welcome, opened.keys.publicPackage, opened.keys.privatePackage, makePskIndex(undefined, {}), cs,
      undefined, undefined, config(check),
    )
    const group = wrap(state)
    const own = ownLeaf(group)
    if (own.account !== id.account || own.device !== id.device) {
      throw new MlsError('refused', 'a Welcome into the leaf of another device')
    }
    return { group, usedRef: opened.ref }
  })
}

/**
 * Joins, or joins again (`resync`, which replaces the old leaf), by the
 * GroupInfo that the server keeps. Store `next` before uploading `commit`.
 */
export async function joinExternal(
  id: DeviceIdentity, groupInfo: Bytes, check: CheckLeaf, options: { resync: boolean; aad?: Bytes },
): Promise<{ next: Group; commit: Bytes; groupInfo: Bytes }> {
  return typed(async () => {
    const info: GroupInfo = decodeGroupInfo(groupInfo)
    const head = checkGroupInfo(info)
    // The library searches an old leaf for ever when there is none.
    const old = findLeaf(head.leaves, id.account, id.device)
    if (options.resync && !old) {
      throw new MlsError('unknown_member', 'this device has no leaf to replace: join without resync')
    }
    if (!options.resync && old) {
      throw new MlsError('refused', 'this device has a leaf already: join with resync')
    }
    // Others would refuse what the server took, and the group would be split.
    if (!check(id.account, id.device, id.signaturePublic)) {
      throw new MlsError('refused', "this device's own key is not certified")
    }
    const cs = await implementation(head.suite)
    const { publicPackage, privatePackage } = await generate(id, head.suite, 90)
    // The leaf that goes may carry a key of before, but then it can't vouch for the group.
    const going = old && old.leaf !== head.signer ? old : undefined
    const checkOthers: CheckLeaf = (account, device, key) =>
      (going !== undefined && device === going.device && account === going.account && same(key, going.signatureKey)) ||
      check(account, device, key)
    const joined = await joinGroupExternal(
      info, publicPackage, privatePackage, options.resync, cs, undefined, config(checkOthers),
      options.aad ?? new Uint8Array(),
    )
    return {
      next: wrap(joined.newState),
      commit: encodeMlsMessage({
        version: 'mls10', wireformat: 'mls_public_message', publicMessage: joined.publicMessage,
      }),
      groupInfo: await makeGroupInfo(joined.newState, true),
    }
  })
}
