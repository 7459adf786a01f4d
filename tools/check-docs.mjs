// check-docs TABLE RECORDED: docs/openapi.yaml and docs/asyncapi.yaml against
// the server. TABLE: what chat_operations answers. RECORDED: a JSON array of
// what a server said: {operation, status, type, body} of HTTP, {message, body}
// of the socket. Without arguments: the files by themselves. Prints TAP.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { bundle, createConfig, lint } = require('@redocly/openapi-core');
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const files = ['openapi.yaml', 'asyncapi.yaml'].map(f => join(root, 'docs', f));
const [tableFile, recordedFile] = process.argv.slice(2);

let tests = 0;
let failures = 0;

function report(name, wrong) {
    tests++;
    if (wrong.length) failures++;
    console.log(`${wrong.length ? 'not ok' : 'ok'} ${tests} - ${name}`);
    for (const line of wrong) console.log(`# ${line}`);
}

// ---- by an outside linter ----

const config = await createConfig({
    extends: ['recommended'],
    rules: {
        // the server's address is the operator's
        'no-server-example.com': 'off',
        'no-empty-servers': 'off',
        // 101 is the handshake's success
        'operation-2xx-response': 'off',
        // redirects don't come
        'operation-4xx-response': 'error',
        'no-invalid-media-type-examples': 'error',
    },
});

for (const file of files) {
    const found = await lint({ ref: file, config });
    report(`${file.slice(root.length + 1)} is valid`,
        found.filter(p => p.severity === 'error').map(p =>
            `${p.ruleId}: ${p.message} at ${p.location[0]?.pointer}`));
}

const [openapi, asyncapi] = await Promise.all(files.map(async ref =>
    (await bundle({ ref, config, dereference: true })).bundle.parsed));

// ---- problems ----

const source = readFileSync(join(root, 'src/chat/ngx_chat_problem.c'), 'utf8');
const codes = [...source.matchAll(/\{ "([a-z_]+)", (\d{3}), [01],/g)]
    .map(m => m[1]);
const documented = openapi.components.schemas.ProblemCode.enum;

report('problem codes are those of the server', [
    ...codes.filter(c => !documented.includes(c)).map(c => `${c} is not documented`),
    ...documented.filter(c => !codes.includes(c)).map(c => `the server has no ${c}`),
]);

// ---- what each feature level brought ----

const level = readFileSync(join(root, 'src/core/ngx_chat_core.h'), 'utf8')
    .match(/#define NGX_CHAT_FEATURE_LEVEL\s+(\d+)/)[1];
const levels = [...readFileSync(join(root, 'docs/CHANGELOG.md'), 'utf8').matchAll(/^\| (\d+) \| \S/gm)]
    .map(m => m[1]);

report('every feature level up to the server\'s has a line of changes',
    levels.join() === Array.from({ length: level }, (_, i) => i + 1).join()
        ? [] : [`docs/CHANGELOG.md has ${levels}, the server is at ${level}`]);

// ---- the table of operations, both ways ----

const operations = new Map();
for (const [path, item] of Object.entries(openapi.paths)) {
    for (const [method, op] of Object.entries(item)) {
        operations.set(op.operationId, { path, method: method.toUpperCase(), ...op });
    }
}

const everywhere = openapi['x-problems-everywhere'];

report('every operation\'s problems exist',
    [...operations.values()].flatMap(op => (op['x-problems'] ?? [])
        .filter(c => !codes.includes(c)).map(c => `${op.operationId}: ${c}`)));

function flat(schema) {
    const { allOf, ...own } = schema;
    return Object.assign({}, ...(allOf ?? []).map(flat), own);
}

// characters of base64url without padding
const base64url = n => Math.ceil(n * 4 / 3);

const bytes = (min, max) => ({ type: 'string', contentEncoding: 'base64url',
    minLength: base64url(min), maxLength: base64url(max) });

const itemMax = Number(readFileSync(join(root, 'src/chat/ngx_chat_op.h'), 'utf8')
    .match(/#define NGX_CHAT_ITEM_MAX\s+(\d+)/)[1]);

// whether a schema has all that is wanted of it, in its items, too
function has(schema, want) {
    return want !== null && typeof want === 'object' && !Array.isArray(want)
        ? schema !== undefined && Object.entries(want).every(([k, v]) => has(flat(schema)[k], v))
        : JSON.stringify(schema) === JSON.stringify(want);
}

// what is wrong with a documented schema of a parameter
function misfits(where, p, found) {
    if (!found) return [`${where}: ${p.name} is not documented`];
    const schema = flat(found);
    const want = {
        string: { type: 'string', minLength: p.min, maxLength: p.max },
        secret: { type: 'string', minLength: p.min, maxLength: p.max },
        name: { type: 'string', minLength: p.min, maxLength: p.max },
        username: { type: 'string', minLength: p.min, maxLength: p.max },
        email: { type: 'string', minLength: p.min, maxLength: p.max },
        integer: { type: 'integer', minimum: p.min, maximum: p.max },
        boolean: { type: 'boolean' },
        uuid: { type: 'string', format: 'uuid' },
        enum: { type: 'string', enum: p.values?.split('|') },
        cursors: { type: 'object', ...where.startsWith('socket')
            ? {} : { maxProperties: p.max } },
        bytes: bytes(p.min, p.max),
        bytes_array: { type: 'array', minItems: p.min, maxItems: p.max,
            items: bytes(1, itemMax) },
        uuid_array: { type: 'array', minItems: p.min, maxItems: p.max,
            items: { type: 'string', format: 'uuid' } },
        certificate: { type: 'object', required: ['created', 'signature'],
            properties: { created: { type: 'integer', minimum: 0 },
                signature: bytes(64, 64) } },
        passkey: { type: 'object',
            required: ['id', 'client_data', 'authenticator_data', 'signature'],
            properties: { id: bytes(1, 1023), client_data: bytes(1, 2048),
                authenticator_data: bytes(1, 512), signature: bytes(1, 512) } },
    }[p.type];
    if (!want) return [`${where}: ${p.name} has the unknown type ${p.type}`];
    return Object.entries(want)
        .filter(([k, v]) => !has(schema[k], v))
        .map(([k, v]) => `${where}: ${p.name} has ${k} ${JSON.stringify(schema[k])},`
            + ` the server ${JSON.stringify(v)}`);
}

function bodySchemas(op) {
    return Object.values(op.requestBody?.content ?? {})
        .map(c => c.schema['x-header'] ?? c.schema);
}

// members that the transport has beside the parameters
const beside = { http: ['size', 'payload'], socket: ['id', 'op', 'size'] };

function compareHttp(row, op) {
    const wrong = [];
    const where = row.name;
    if (`/v1/${row.path}` !== op.path) wrong.push(`${where}: path ${op.path}`);
    if (row.method !== op.method) wrong.push(`${where}: method ${op.method}`);
    for (const [k, v] of [['x-who', row.who], ['x-limit', row.limit],
                          ['x-socket', row.socket],
                          ['x-payload', row.payload || undefined],
                          ['x-entries', row.entries || undefined],
                          ['x-frame', row.frame || undefined],
                          ['x-pending', row.who !== 'anyone' && row.pending || undefined]]) {
        if (op[k] !== v) wrong.push(`${where}: ${k} is ${op[k]}, the server's ${v}`);
    }

    const anyone = JSON.stringify(op.security ?? openapi.security) !== '[{"bearer":[]}]';
    if (anyone !== (row.who === 'anyone')) wrong.push(`${where}: security`);

    const declared = op.parameters ?? [];
    const header = name => name.replaceAll('_', '-').toLowerCase();

    for (const p of row.params.filter(p => p.in !== 'body')) {
        const found = declared.find(d => d.in === p.in && (p.in === 'header'
            ? d.name.toLowerCase() === header(p.name) : d.name === p.name));
        wrong.push(...misfits(where, p, found?.schema));
        if (found && Boolean(found.required) !== p.required) {
            wrong.push(`${where}: ${p.name} required is ${found.required}`);
        }
    }

    for (const d of declared) {
        if (!row.params.some(p => p.in === d.in
                && (p.in === 'header' ? header(p.name) : p.name)
                   === (p.in === 'header' ? d.name.toLowerCase() : d.name))) {
            wrong.push(`${where}: the server has no parameter ${d.name}`);
        }
    }

    const body = row.params.filter(p => p.in === 'body');
    const schemas = bodySchemas(op);
    if ((body.length > 0 || row.payload) !== (schemas.length > 0)) {
        wrong.push(`${where}: a body is documented or taken, not both`);
    }

    for (const schema of schemas) {
        wrong.push(...compareMembers(where, body, schema, row.payload ? beside.http : []));
    }

    return wrong;
}

function compareMembers(where, params, schema, also) {
    const wrong = params.flatMap(p => misfits(where, p, schema.properties?.[p.name]));
    const required = schema.required ?? [];

    for (const p of params) {
        if (required.includes(p.name) !== p.required) {
            wrong.push(`${where}: ${p.name} is ${p.required ? '' : 'not '}required`);
        }
    }

    for (const name of Object.keys(schema.properties ?? {})) {
        if (!params.some(p => p.name === name) && !also.includes(name)) {
            wrong.push(`${where}: the server has no member ${name}`);
        }
    }

    if (schema.additionalProperties !== false) {
        wrong.push(`${where}: unknown members are errors: additionalProperties: false`);
    }

    return wrong;
}

const messages = asyncapi.components.messages;
const requests = new Map(Object.entries(messages)
    .filter(([, m]) => m.payload?.properties?.op)
    .map(([name, m]) => [m.payload.properties.op.const, m]));

if (tableFile) {
    const rows = readFileSync(tableFile, 'utf8').trim().split('\n').map(JSON.parse);
    const names = rows.map(r => r.name);

    for (const row of rows) {
        const op = operations.get(row.name);
        report(`openapi: ${row.name}`,
            op ? compareHttp(row, op) : [`${row.name} is not documented`]);
    }

    report('openapi: no operation that the server hasn\'t',
        [...operations.keys()].filter(n => !names.includes(n)));

    for (const row of rows.filter(r => r.socket)) {
        const m = requests.get(row.name);
        const wrong = m
            ? compareMembers(`socket ${row.name}`, row.params, m.payload, beside.socket)
            : [`${row.name} is not documented`];
        if (m && Boolean(m['x-binary']) !== row.payload) wrong.push('binary or text');
        report(`asyncapi: ${row.name}`, wrong);
    }

    // the stream's own, which are no rows
    const stream = ['resume', 'ack'];
    report('asyncapi: no operation that the socket hasn\'t',
        [...requests.keys()].filter(n => !stream.includes(n)
            && !rows.some(r => r.name === n && r.socket)));
}

// ---- what a server said ----

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
const compiled = new Map();

function invalid(schema, value) {
    if (!compiled.has(schema)) compiled.set(schema, ajv.compile(schema));
    const validate = compiled.get(schema);
    return validate(value) ? []
        : validate.errors.map(e => `${e.instancePath || '/'} ${e.message}`
            + (e.params?.additionalProperty ? ` (${e.params.additionalProperty})` : ''));
}

function answerWrong(r) {
    const op = operations.get(r.operation);
    if (!op) return ['is not documented'];

    const answer = op.responses[r.status] ?? op.responses[`${r.status}`[0] + 'XX'];
    if (!answer) return [`status ${r.status} is not documented`];

    if (!answer.content) return r.body == null ? [] : ['has a body'];
    const content = answer.content[r.type];
    if (!content) return [`type ${r.type} is not documented`];
    if (r.frames && op['x-frame']) {
        return r.frames.length === 1 ? invalid(content.schema['x-header'], r.frames[0])
            : ['is not one frame'];
    }
    if (r.frames) {
        return r.frames.flatMap(f => invalid({ oneOf: [
            openapi.components.schemas.Entry, openapi.components.schemas.Expired] }, f));
    }

    const wrong = invalid(content.schema, r.body);
    if (r.status >= 400) {
        const known = [...everywhere, ...(op['x-problems'] ?? []),
            ...(op['x-who'] === 'anyone' ? [] : openapi['x-problems-of-sessions']),
            ...(op['x-who'] === 'account' ? openapi['x-problems-of-accounts'] : [])];
        if (!known.includes(r.body.code)) {
            wrong.push(`${r.body.code} is not among the operation's problems`);
        }
        if (r.body.status !== r.status) wrong.push('two statuses');
        if (!r.body.request_id) wrong.push('no request_id');
    }
    return wrong;
}

if (recordedFile) {
    const recorded = JSON.parse(readFileSync(recordedFile, 'utf8'));
    const seen = new Set();

    for (const r of recorded) {
        if (r.message) {
            seen.add(r.message);
            report(`socket: ${r.message} is as documented`,
                messages[r.message] ? invalid(messages[r.message].payload, r.body)
                                    : ['is not documented']);
        } else {
            if (r.status < 300) seen.add(r.operation);
            report(`http: ${r.operation} ${r.status} is as documented`, answerWrong(r));
        }
    }

    report('every operation answered well once',
        [...operations.keys()].filter(n => !seen.has(n)));
    report('every message of the server came once',
        ['answer', 'event'].flatMap(o => asyncapi.operations[o].messages)
            .map(m => Object.entries(messages).find(([, v]) =>
                JSON.stringify(v) === JSON.stringify(m))?.[0])
            .filter(n => !seen.has(n) && !['expired'].includes(n)));
}

console.log(`1..${tests}`);
process.exit(failures ? 1 : 0);
