// Small things that the rest of this room shares.
import { IdentityError, type Bytes } from './types.ts'

export function concat(...parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

export function label(text: string): Bytes {
  return new TextEncoder().encode(`${text}\0`)
}

export function same(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) {
    return false
  }
  let difference = 0
  for (let i = 0; i < a.length; i++) {
    difference |= a[i]! ^ b[i]!
  }
  return difference === 0
}

export function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length))
}

export function expectLength(bytes: Bytes, length: number, what: string): void {
  if (bytes.length !== length) {
    throw new IdentityError('malformed', `${what} has ${length} bytes, not ${bytes.length}`)
  }
}

const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function uuidBytes(uuid: string): Bytes {
  if (!uuidText.test(uuid)) {
    throw new IdentityError('malformed', 'not a UUID in lower case')
  }
  return Uint8Array.from(uuid.replaceAll('-', '').match(/../g)!, (pair) => parseInt(pair, 16))
}

export function uuidFrom(bytes: Bytes): string {
  expectLength(bytes, 16, 'a UUID')
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}

export function uint(value: number, bytes: 4 | 8): Bytes {
  const out = new Uint8Array(bytes)
  const view = new DataView(out.buffer)
  if (bytes === 4) {
    view.setUint32(0, value)
  } else {
    view.setBigUint64(0, BigInt(value))
  }
  return out
}

export function toBase64Url(bytes: Bytes): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export function fromBase64Url(text: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) {
    throw new IdentityError('malformed', 'not base64url')
  }
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  } catch {
    throw new IdentityError('malformed', 'not base64url')
  }
}
