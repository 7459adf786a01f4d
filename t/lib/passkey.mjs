// passkey.mjs: an authenticator and an app of one-time passwords for tests, one JSON request a
// line on stdin, one JSON answer a line on stdout. ChatTest/Passkey.pm is its client. Bytes are
// base64url. An authenticator that does as it is told, lies too:
//
//   totp {secret (base32), step?}        {code, step}; step: beside the present one, 0
//   create {options, algorithm?, …}      {credential, client_data, attestation_object}
//   get {options, credential, …}         {id, client_data, authenticator_data, signature, user_handle}
//        … are: origin, rp_id, flags, count, type, client (more members of the client data),
//        challenge, id (of the credential, when created)

import { createHash, createHmac, generateKeyPairSync, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { createInterface } from 'node:readline';

const b64 = bytes => Buffer.from(bytes).toString('base64url');
const bytes = text => Buffer.from(text, 'base64url');
const sha256 = data => createHash('sha256').update(data).digest();

function head(major, n) {
    if (n < 24) return Buffer.from([major << 5 | n]);
    if (n < 256) return Buffer.from([major << 5 | 24, n]);
    return Buffer.from([major << 5 | 25, n >> 8, n & 255]);
}

function cbor(value) {
    if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
    if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
    if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
    return Buffer.concat([head(5, value.size),
        ...[...value].flatMap(([k, v]) => [cbor(k), cbor(v)])]);
}

const kinds = {
    [-7]: ['ec', { namedCurve: 'P-256' }],
    [-8]: ['ed25519', {}],
    [-257]: ['rsa', { modulusLength: 2048 }],
};

function cose(algorithm, jwk) {
    if (algorithm === -7) {
        return new Map([[1, 2], [3, -7], [-1, 1], [-2, bytes(jwk.x)], [-3, bytes(jwk.y)]]);
    }
    if (algorithm === -8) return new Map([[1, 1], [3, -8], [-1, 6], [-2, bytes(jwk.x)]]);
    return new Map([[1, 3], [3, -257], [-1, bytes(jwk.n)], [-2, bytes(jwk.e)]]);
}

function clientData(type, o) {
    return Buffer.from(JSON.stringify({ type: o.type ?? type, challenge: o.challenge ?? o.options.challenge,
        origin: o.origin ?? 'http://localhost', crossOrigin: false, ...o.client }));
}

function authData(rpId, flags, count) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(count);
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), number]);
}

const operations = {
    totp({ secret, step = 0 }) {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
        const bits = [...secret].map(c => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
        const key = Buffer.from(bits.match(/.{8}/g).map(b => parseInt(b, 2)));
        const now = Math.floor(Date.now() / 30000) + step;
        const counter = Buffer.alloc(8);
        counter.writeBigUInt64BE(BigInt(now));
        const mac = createHmac('sha1', key).update(counter).digest();
        const n = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
        return { code: String(n % 1000000).padStart(6, '0'), step: now };
    },

    create(o) {
        const algorithm = o.algorithm ?? -7;
        const { privateKey, publicKey } = generateKeyPairSync(...kinds[algorithm]);
        const id = o.id === undefined ? randomBytes(32) : bytes(o.id);
        const client = clientData('webauthn.create', o);
        const auth = Buffer.concat([
            authData(o.rp_id ?? o.options.rp.id, o.flags ?? 0x45, o.count ?? 0),
            Buffer.alloc(16), Buffer.from([id.length >> 8, id.length & 255]), id,
            cbor(cose(algorithm, publicKey.export({ format: 'jwk' })))]);
        return {
            credential: { id: b64(id), algorithm, user: o.options.user.id,
                key: b64(privateKey.export({ format: 'der', type: 'pkcs8' })) },
            client_data: b64(client),
            attestation_object: b64(cbor(new Map([['fmt', 'none'], ['attStmt', new Map()],
                ['authData', auth]]))),
        };
    },

    get(o) {
        const { id, algorithm, user, key } = o.credential;
        const client = clientData('webauthn.get', o);
        const auth = authData(o.rp_id ?? o.options.rpId, o.flags ?? 0x05, o.count ?? 0);
        const signature = sign(algorithm === -8 ? null : 'sha256',
            Buffer.concat([auth, sha256(client)]),
            createPrivateKey({ key: bytes(key), format: 'der', type: 'pkcs8' }));
        return { id, client_data: b64(client), authenticator_data: b64(auth),
            signature: b64(signature), user_handle: user };
    },
};

for await (const line of createInterface({ input: process.stdin })) {
    const { op, ...rest } = JSON.parse(line);
    console.log(JSON.stringify(operations[op](rest)));
}
