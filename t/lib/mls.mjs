// mls.mjs: what tests need of MLS and Ed25519, one JSON request a line on stdin,
// one JSON answer a line on stdout. ChatTest/Mls.pm is its client. Bytes are
// base64url.
//
//   key {}                                         {secret, public}
//   certificate {account, device, signature_key, created, secret}
//                                                  {created, signature}
//   key_packages {account, device, key, n, from?, to?, suite?}
//        key: {secret, public}; from, to: their lifetime, seconds from now
//                                                  {key_packages: […]}

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(join(root, 'web/package.json'));
const mls = await import(pathToFileURL(join(dirname(require.resolve('ts-mls')), 'index.js')));

const names = {
    1: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
    3: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
};

const suite = n => mls.getCiphersuiteImpl(mls.getCiphersuiteFromName(names[n]));
const b64 = bytes => Buffer.from(bytes).toString('base64url');
const bytes = text => new Uint8Array(Buffer.from(text, 'base64url'));
const uuid = text => Buffer.from(text.replaceAll('-', ''), 'hex');

const one = await suite(1);

const operations = {
    async key() {
        const { signKey, publicKey } = await one.signature.keygen();
        return { secret: b64(signKey), public: b64(publicKey) };
    },

    async certificate({ account, device, signature_key, created, secret }) {
        const time = Buffer.alloc(8);
        time.writeBigUInt64BE(BigInt(created));
        const text = Buffer.concat([Buffer.from('ngx_chat device certificate v1\0'),
            uuid(account), uuid(device), bytes(signature_key), time]);
        const signature = await one.signature.sign(bytes(secret), new Uint8Array(text));
        return { created, signature: b64(signature) };
    },

    async key_packages({ account, device, key, n, from = -3600, to = 30 * 86400, suite: s = 1 }) {
        const cs = await suite(s);
        const now = Math.floor(Date.now() / 1000);
        const credential = { credentialType: 'basic',
            identity: new TextEncoder().encode(`${account}/${device}`) };
        const lifetime = { notBefore: BigInt(now + from), notAfter: BigInt(now + to) };
        const out = [];
        for (let i = 0; i < n; i++) {
            const made = await mls.generateKeyPackageWithKey(credential,
                mls.defaultCapabilities(), lifetime, [],
                { signKey: bytes(key.secret), publicKey: bytes(key.public) }, cs);
            out.push(b64(mls.encodeMlsMessage({ version: 'mls10',
                wireformat: 'mls_key_package', keyPackage: made.publicPackage })));
        }
        return { key_packages: out };
    },
};

for await (const line of createInterface({ input: process.stdin })) {
    const { op, ...rest } = JSON.parse(line);
    console.log(JSON.stringify(await operations[op](rest)));
}
