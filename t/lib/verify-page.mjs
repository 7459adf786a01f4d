// verify-page: opens the page as a browser does, types, presses the button, and
// prints what the page says then. Reads lines [URL, PASSWORD] of JSON; without a
// password the page is only opened.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(new URL('../../tools/', import.meta.url));
const { JSDOM } = require('jsdom');

async function until(done) {
    for (let i = 0; i < 200 && !done(); i++) {
        await new Promise(resolve => setTimeout(resolve, 50));
    }
}

async function visit([url, password]) {
    const said = [];
    const { window } = await JSDOM.fromURL(url, {
        runScripts: 'dangerously',
        resources: 'usable',
        pretendToBeVisual: true,
        beforeParse(w) {
            w.fetch = (address, options) => {
                said.push(`request: ${options.method} ${address}`);
                return fetch(address, options);
            };
        },
    });
    const get = id => window.document.getElementById(id);

    await until(() => !get('form').hidden || get('message').textContent);

    if (!get('form').hidden && password !== undefined) {
        get('password').value = password;
        get('button').click();
        await until(() => get('message').className);
    }

    said.push(`form: ${get('form').hidden ? 'hidden' : 'shown'}`,
              `says: ${get('message').textContent}`);
    window.close();
    return said;
}

for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
    console.log(JSON.stringify(await visit(JSON.parse(line))));
}
