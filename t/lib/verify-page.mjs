// verify-page URL PASSWORD [USERNAME]: opens the page as a browser does, types,
// presses the button, and prints what the page says then.

import { createRequire } from 'node:module';

const require = createRequire(new URL('../../tools/', import.meta.url));
const { JSDOM } = require('jsdom');
const [url, password, username] = process.argv.slice(2);

const { window } = await JSDOM.fromURL(url, {
    runScripts: 'dangerously',
    resources: 'usable',
    pretendToBeVisual: true,
    beforeParse(w) {
        w.fetch = (address, options) => {
            console.log(`request: ${options.method} ${address}`);
            return fetch(address, options);
        };
    },
});

const { document } = window;
const get = id => document.getElementById(id);

async function until(done) {
    for (let i = 0; i < 200 && !done(); i++) {
        await new Promise(resolve => setTimeout(resolve, 50));
    }
}

await until(() => !get('form').hidden || get('message').textContent);

if (!get('form').hidden && password !== undefined) {
    get('password').value = password;
    if (username) get('username').value = username;
    get('button').click();
    await until(() => get('message').className);
}

console.log(`form: ${get('form').hidden ? 'hidden' : 'shown'}`);
console.log(`says: ${get('message').textContent}`);
window.close();
