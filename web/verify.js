// The page that mails link to: verify.html#ID.TOKEN confirms an address, and with
// reset., email. or revert. in front sets a new password, confirms another address
// or takes such a change back. Opening it does nothing, since programs that scan
// mails open links, too; its button does, for most with a password that proves
// that it's the right person.

'use strict';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TOKEN = /^ngxv_[A-Za-z0-9_-]{43}$/;

// what each kind of link is for; password: what the field is, if there is one
const kinds = {
    verify: {
        heading: 'Confirm your address',
        intro: 'Someone, hopefully you, registered with this address. Confirm it with the password that you chose then.',
        password: { label: 'Password', autocomplete: 'current-password' },
        button: 'Confirm',
        hint: 'Didn’t register? Then close this page: without the password nothing happens, and the registration ends by itself.',
        path: id => `verifications/${id}/confirm`,
        done: 'Done. Your address is confirmed; you can close this page.',
    },
    reset: {
        heading: 'Set a new password',
        intro: 'All your devices will have to sign in again with it. They keep their keys and messages.',
        password: { label: 'New password', autocomplete: 'new-password' },
        button: 'Set the password',
        hint: 'At least 15 characters; a few words make a good one. Didn’t ask for this? Then close this page: nothing has changed.',
        path: id => `password_resets/${id}/confirm`,
        done: 'Done. Sign in with the new password; you can close this page.',
    },
    email: {
        heading: 'Confirm your new address',
        intro: 'Your account gets this mail address. Confirm it with your password.',
        password: { label: 'Password', autocomplete: 'current-password' },
        button: 'Confirm',
        hint: 'Didn’t ask for this? Then close this page: without the password nothing changes.',
        path: id => `email_changes/${id}/confirm`,
        done: 'Done. Your account has this address now; you can close this page.',
    },
    revert: {
        heading: 'Take your address back',
        intro: 'Your account gets its old mail address again. All devices are signed out, the password is good no more, and you get a mail to set a new one.',
        button: 'Take it back',
        hint: 'Did you change the address yourself? Then close this page: nothing happens.',
        path: id => `email_changes/${id}/revert`,
        done: 'Done. Look for the mail with the way to a new password; you can close this page.',
    },
};

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
    conflict: 'The old address belongs to another account by now.',
    rate_limited: 'Too many attempts. Wait a little, then try again.',
};

function say(text, kind) {
    message.textContent = text;
    message.className = kind || '';
}

// the fragment never leaves the browser
function readLink() {
    const parts = location.hash.slice(1).split('.');
    const kind = parts.length === 3 ? parts.shift() : 'verify';
    const [id, token, ...rest] = parts;
    if (rest.length || !UUID.test(id) || !TOKEN.test(token || '') || !Object.hasOwn(kinds, kind)) return null;
    return { ...kinds[kind], id, token };
}

function api(path) {
    const base = document.querySelector('meta[name="chat-api"]').content;
    return new URL(base.replace(/\/?$/, '/') + path, location.href);
}

const weak = {
    min_length: 'That password is too short: it needs at least 15 characters.',
    max_length: 'That password is too long.',
    common: 'That password is one of those that everybody guesses. Choose another.',
    context: 'That password is too much like your name or address. Choose another.',
};

function explain(status, problem, retryAfter) {
    if (problem && problem.code === 'weak_password' && weak[problem.reason]) return weak[problem.reason];
    if (problem && problem.code === 'rate_limited' && retryAfter) {
        return `Too many attempts. Try again in ${retryAfter} seconds.`;
    }
    if (problem && said[problem.code]) return said[problem.code];
    if (status === 503) return 'The server is busy. Try again in a moment.';
    return (problem && problem.title) || `The server answered ${status}. Try again later.`;
}

async function ask(link) {
    const body = { link: link.token };
    if (link.password) body.password = password.value;
    if (username.value) body.username = username.value;

    const response = await fetch(api(link.path(link.id)), {
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
    say('One moment…');

    try {
        const failed = await ask(link);

        if (!failed) {
            form.hidden = true;
            password.value = '';
            history.replaceState(null, '', location.pathname);
            say(link.done, 'good');
            return;
        }

        const code = failed.problem && failed.problem.code;
        say(explain(failed.status, failed.problem, failed.retryAfter), 'bad');

        if (code === 'username_taken') {
            document.getElementById('name').hidden = false;
            username.required = true;
            username.focus();
        } else if (link.password) {
            password.select();
        }
    } catch {
        say('The server can’t be reached. Check your connection, then try again.', 'bad');
    } finally {
        button.disabled = false;
    }
}

const link = readLink();

function show(link) {
    document.title = link.heading;
    document.getElementById('heading').textContent = link.heading;
    document.getElementById('intro').textContent = link.intro;
    document.getElementById('hint').textContent = link.hint;
    button.textContent = link.button;

    if (link.password) {
        document.getElementById('label').textContent = link.password.label;
        password.autocomplete = link.password.autocomplete;
    } else {
        document.getElementById('secret').hidden = true;
        password.required = false;
    }

    form.hidden = false;
}

if (link) {
    show(link);
    form.addEventListener('submit', event => {
        event.preventDefault();
        submit(link);
    });
    (link.password ? password : button).focus();
} else {
    say('This link is incomplete. Open it from the mail again, or copy the whole of it.', 'bad');
}
