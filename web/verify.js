// The page that a verification mail links to: verify.html#ID.TOKEN. Opening it
// does nothing, since programs that scan mails open links, too; its button
// confirms the address, and the password proves that it's the right person.

'use strict';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TOKEN = /^ngxv_[A-Za-z0-9_-]{43}$/;

const form = document.getElementById('form');
const password = document.getElementById('password');
const username = document.getElementById('username');
const button = document.getElementById('button');
const message = document.getElementById('message');

const said = {
    invalid_credentials: 'That password is not the one of this account.',
    unauthorized: 'That password is not the one of this account.',
    invalid_code: 'This link is not the newest one. Open the one of the latest mail.',
    verification_expired: 'This link has expired or was used up. Ask for a new one in the app.',
    not_found: 'This link is not known here, or no longer. Ask for a new one in the app.',
    username_taken: 'Somebody else has taken your user name meanwhile. Choose another.',
    rate_limited: 'Too many attempts. Wait a little, then try again.',
};

function say(text, kind) {
    message.textContent = text;
    message.className = kind || '';
}

// the fragment never leaves the browser
function readLink() {
    const [id, token, ...rest] = location.hash.slice(1).split('.');
    if (rest.length || !UUID.test(id) || !TOKEN.test(token || '')) return null;
    return { id, token };
}

function api(path) {
    const base = document.querySelector('meta[name="chat-api"]').content;
    return new URL(base.replace(/\/?$/, '/') + path, location.href);
}

function explain(status, problem, retryAfter) {
    if (problem && problem.code === 'rate_limited' && retryAfter) {
        return `Too many attempts. Try again in ${retryAfter} seconds.`;
    }
    if (problem && said[problem.code]) return said[problem.code];
    if (status === 503) return 'The server is busy. Try again in a moment.';
    return (problem && problem.title) || `The server answered ${status}. Try again later.`;
}

async function confirmAddress(link) {
    const body = { link: link.token, password: password.value };
    if (username.value) body.username = username.value;

    const response = await fetch(api(`verifications/${link.id}/confirm`), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        credentials: 'omit',
        cache: 'no-store',
    });

    if (response.ok) return null;
    return { status: response.status, retryAfter: response.headers.get('Retry-After'),
             problem: await response.json().catch(() => null) };
}

async function submit(link) {
    button.disabled = true;
    say('Confirming…');

    try {
        const failed = await confirmAddress(link);

        if (!failed) {
            form.hidden = true;
            password.value = '';
            history.replaceState(null, '', location.pathname);
            say('Done. Your address is confirmed; you can close this page.', 'good');
            return;
        }

        const code = failed.problem && failed.problem.code;
        say(explain(failed.status, failed.problem, failed.retryAfter), 'bad');

        if (code === 'username_taken') {
            document.getElementById('name').hidden = false;
            username.required = true;
            username.focus();
        } else {
            password.select();
        }
    } catch {
        say('The server can’t be reached. Check your connection, then try again.', 'bad');
    } finally {
        button.disabled = false;
    }
}

const link = readLink();

if (link) {
    form.hidden = false;
    form.addEventListener('submit', event => {
        event.preventDefault();
        submit(link);
    });
    password.focus();
} else {
    say('This link is incomplete. Open it from the mail again, or copy the whole of it.', 'bad');
}
