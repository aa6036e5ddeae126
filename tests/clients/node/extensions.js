// SPDX-License-Identifier: ISC
// imapflow with all that maild has for it: IMAP4rev2, QRESYNC, OBJECTID,
// BINARY and COMPRESS.  What it says on the wire must show that they are used.
// Usage: node extensions.js IMAP-PORT CA
'use strict';

const assert = require('assert');
const fs = require('fs');
const { ImapFlow } = require('imapflow');

const [port, caFile] = process.argv.slice(2);
const tls = { ca: fs.readFileSync(caFile) };

// What went over the wire, by direction: 'c' or 's'.
class Wire {
	constructor() {
		this.said = { c: '', s: '' };
	}

	trace(entry) {
		if (entry.data)
			this.said[entry.src] += Buffer.from(entry.data, 'base64')
				.toString('latin1');
	}

	debug() {}
	info() {}
	warn() {}

	error(entry) {
		this.failed = this.failed || entry.err || entry;
	}

	uses(src, pattern) {
		assert(pattern.test(this.said[src]),
			`${pattern} in\n${this.said[src]}`);
	}
}

async function open(wire) {
	const client = new ImapFlow({
		host: 'localhost', port: +port, secure: true, tls, qresync: true,
		auth: { user: 'user3', pass: 'test' }, logger: wire, logRaw: true,
	});
	await client.connect();
	for (const name of ['IMAP4REV2', 'QRESYNC', 'UTF8=ACCEPT'])
		assert(client.enabled.has(name), name);
	wire.uses('c', /COMPRESS DEFLATE\r\n.*ENABLE .*QRESYNC.*IMAP4REV2/s);
	wire.uses('s', /\* ENABLED .*IMAP4REV2/i);
	return client;
}

const NULS = Buffer.from('a\0b\0c');

// NUL makes it a literal8; BODY[] could not give it back, so it is refused.
async function appendBinary(client, wire) {
	await assert.rejects(client.append('INBOX', Buffer.concat([
		Buffer.from('Content-Transfer-Encoding: binary\r\n\r\n'), NULS])),
	(e) => e.serverResponseCode === 'UNKNOWN-CTE');
	wire.uses('c', /APPEND [^\n]*~\{\d+\+?\}\r\n/);
}

async function append(client) {
	const made = await client.append('INBOX', 'Subject: encoded\r\n' +
		'Content-Transfer-Encoding: base64\r\n' +
		'Content-Type: application/octet-stream\r\n\r\n' +
		NULS.toString('base64') + '\r\n');
	return made.uid;
}

async function fetchBinary(client, wire, uid) {
	const m = await client.fetchOne(uid, { bodyParts: ['1'] },
		{ uid: true, binary: true });
	assert(m.bodyParts.get('1').equals(NULS));
	wire.uses('c', /BINARY\.PEEK\[1\]/);
	wire.uses('s', /BINARY\[1\] ~\{5\}\r\n/);
}

async function identities(client, wire, uid) {
	const path = 'Grüße';
	const made = await client.mailboxCreate(path);
	wire.uses('c', new RegExp(`CREATE .*${Buffer.from(path)
		.toString('latin1')}`, 's'));
	assert(made.mailboxId);
	const copied = await client.messageCopy(uid, path, { uid: true });
	const here = await client.fetchOne(uid, { threadId: true },
		{ uid: true });
	const opened = await client.mailboxOpen(path);
	assert.strictEqual(opened.mailboxId, made.mailboxId);
	const there = await client.fetchOne(copied.uidMap.get(uid),
		{ threadId: true }, { uid: true });
	assert(here.emailId);
	assert.strictEqual(there.emailId, here.emailId);
	assert.strictEqual(there.threadId, here.threadId);
	wire.uses('c', /EMAILID/);
	await client.mailboxOpen('INBOX');
	await client.mailboxDelete(path);
}

async function main() {
	const wire = new Wire(), again = new Wire();
	const client = await open(wire);
	await client.mailboxOpen('INBOX');
	await appendBinary(client, wire);
	const uid = await append(client);
	await client.noop();
	await fetchBinary(client, wire, uid);
	await identities(client, wire, uid);
	assert.deepStrictEqual(await client.search({ subject: 'ENCODED' },
		{ uid: true }), [uid]);
	wire.uses('s', /\* ESEARCH /);
	const since = { changedSince: client.mailbox.highestModseq,
		uidValidity: client.mailbox.uidValidity };
	await client.messageDelete(uid, { uid: true });
	await client.logout();

	const second = await open(again);
	const gone = [];
	second.on('expunge', (e) => gone.push(e.uid));
	await second.mailboxOpen('INBOX', since);
	assert.deepStrictEqual(gone, [uid]);
	again.uses('c', /SELECT .*\(QRESYNC \(\d+ \d+/);
	again.uses('s', /\* VANISHED \(EARLIER\) /);
	await second.logout();
	for (const w of [wire, again])
		assert(!w.failed, w.failed);
	if (process.env.SHOW_WIRE)
		console.error(`${wire.said.c}\n${wire.said.s}`);
	console.log('ok');
}

main().catch((e) => {
	console.error(e);
	process.exit(1);
});
