// passkey-browser.mjs: Chromium and its virtual authenticator, driven by lines of JSON on stdin
// ([step, …]), each answered by one on stdout: {ok} or {error}.
//
//   ["open", url]                     a page of that origin
//   ["create", path, token]           a passkey by the server's options, told to it; its answer
//   ["get", path, purpose, body, token]   an assertion over a challenge, sent to path with body
//   ["verified", boolean]             whether the authenticator verifies its person from now on
//   ["clone"]                         from now on a copy of it from before its last use
//   ["count"]                         the counter of the one credential

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(join(root, 'web/package.json'));
const { chromium } = await import(pathToFileURL(require.resolve('playwright-core')).href)
    .then(m => m.default ?? m);

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});
const page = await browser.newPage();
const cdp = await page.context().newCDPSession(page);
await cdp.send('WebAuthn.enable');
const options = { protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true,
    hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
let { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options });
let before;

// as a web client does it
await page.addInitScript(() => {
    const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)))
        .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

    window.ask = async (path, body, token) => {
        const answer = await fetch('/api/v1' + path, { method: 'POST', body: JSON.stringify(body),
            headers: { 'content-type': 'application/json', ...token && { authorization: `Bearer ${token}` } } });
        return { status: answer.status, json: await answer.json().catch(() => null) };
    };

    window.create = async (path, token) => {
        const { json } = await ask(path + '/options', {}, token);
        const made = await navigator.credentials.create({
            publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(json.public_key) });
        return ask(path, { name: 'Browser', client_data: text(made.response.clientDataJSON),
            attestation_object: text(made.response.attestationObject) }, token);
    };

    window.get = async (path, purpose, body, token) => {
        const { json } = await ask('/passkeys/challenge', purpose);
        const { id, response } = await navigator.credentials.get({
            publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(json.public_key) });
        return ask(path, { ...body, passkey: { id, client_data: text(response.clientDataJSON),
            authenticator_data: text(response.authenticatorData), signature: text(response.signature),
            user_handle: response.userHandle && text(response.userHandle) } }, token);
    };
});

const credentials = async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;

const steps = {
    open: url => page.goto(url).then(answer => answer.status()),
    create: (path, token) => page.evaluate(([p, t]) => create(p, t), [path, token]),
    get: async (...all) => {
        before = await credentials();
        return page.evaluate(all => get(...all), all);
    },
    verified: isUserVerified => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    clone: async () => {
        await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
        ({ authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options }));
        for (const credential of before) {
            await cdp.send('WebAuthn.addCredential', { authenticatorId, credential });
        }
    },
    count: async () => (await credentials()).map(c => c.signCount).join(),
};

for await (const line of createInterface({ input: process.stdin })) {
    const [step, ...rest] = JSON.parse(line);
    const answer = await steps[step](...rest).then(ok => ({ ok: ok ?? null }), e => ({ error: e.message }));
    console.log(JSON.stringify(answer));
}

await browser.close();
