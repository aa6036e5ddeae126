// SPDX-License-Identifier: ISC
// imapflow with QRESYNC over COMPRESS, and OBJECTID: it comes back to what has
// changed meanwhile, and knows a copy again.
// Usage: node resync.js IMAP-PORT CA
'use strict';

const assert = require('assert');
const fs = require('fs');
const { ImapFlow } = require('imapflow');

const [port, caFile] = process.argv.slice(2);
const tls = { ca: fs.readFileSync(caFile) };

async function open(options) {
	const client = new ImapFlow({
		host: 'localhost', port: +port, secure: true, tls, qresync: true,
		auth: { user: 'user1', pass: 'test' }, logger: false, ...options,
	});
	await client.connect();
	assert(client.enabled.has('CONDSTORE') && client.enabled.has('QRESYNC'));
	assert(!!client._inflate === !client.options.disableCompression);
	return client;
}

function message(n) {
	return `From: a@example.org\r\nSubject: message ${n}\r\n\r\nBody ${n}.\r\n`;
}

async function fill(client) {
	for (let n = 1; n <= 20; n++)
		await client.append('INBOX', message(n), n % 2 ? ['\\Seen'] : []);
	await client.mailboxOpen('INBOX');
	const known = client.mailbox;
	assert.strictEqual(known.exists, 20);
	assert(known.highestModseq > 0n);
	await client.mailboxClose();
	return { changedSince: known.highestModseq,
		uidValidity: known.uidValidity };
}

async function change() {
	const other = await open({ disableCompression: true });
	await other.mailboxOpen('INBOX');
	await other.messageFlagsAdd('3,7', ['\\Flagged'], { uid: true });
	await other.messageDelete('5:6', { uid: true });
	await other.append('INBOX', message(21));
	const status = await other.status('Archive', { messages: true,
		uidNext: true, highestModseq: true });
	assert.strictEqual(status.messages, 0);
	assert(status.highestModseq > 0n);
	await other.logout();
}

async function resync(client, since) {
	const gone = [], flagged = [];
	client.on('expunge', (e) => gone.push(e));
	client.on('flags', (e) => flagged.push(e));
	await client.mailboxOpen('INBOX', since);
	assert.deepStrictEqual(gone.map((e) => e.uid).sort(), [5, 6]);
	assert(gone.every((e) => e.vanished && e.earlier));
	const starred = flagged.filter((e) => e.flags.has('\\Flagged'));
	assert.deepStrictEqual(starred.map((e) => e.uid).sort(), [3, 7]);
	assert(starred.every((e) => e.modseq > since.changedSince));
	assert.strictEqual(client.mailbox.exists, 19);
}

async function changes(client, since) {
	const uids = [];
	for await (const m of client.fetch('1:*', { uid: true, flags: true },
		{ uid: true, changedSince: since.changedSince }))
		uids.push(m.uid);
	assert.deepStrictEqual(uids, [3, 7, 21]);
	assert(client.mailbox.mailboxId);
	const copied = await client.messageCopy('3', 'Archive', { uid: true });
	const here = await client.fetchOne('3', { threadId: true }, { uid: true });
	await client.mailboxOpen('Archive');
	const there = await client.fetchOne(copied.uidMap.get(3),
		{ threadId: true }, { uid: true });
	assert(here.emailId && here.threadId);
	assert.strictEqual(there.emailId, here.emailId);
	assert.strictEqual(there.threadId, here.threadId);
	assert.deepStrictEqual(await client.search({ emailId: here.emailId },
		{ uid: true }), [copied.uidMap.get(3)]);
	await client.mailboxOpen('INBOX');
	const large = Buffer.alloc(200000, 'compress me ');
	const made = await client.append('INBOX', Buffer.concat(
		[Buffer.from('Subject: large\r\n\r\n'), large]));
	const got = await client.fetchOne(made.uid, { source: true },
		{ uid: true });
	assert(got.source.subarray(18).equals(large));
}

async function main() {
	const client = await open();
	const since = await fill(client);
	await change();
	await resync(client, since);
	await changes(client, since);
	await client.logout();
	console.log('ok');
}

main().catch((e) => {
	console.error(e);
	process.exit(1);
});
