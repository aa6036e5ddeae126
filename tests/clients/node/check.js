// SPDX-License-Identifier: ISC
// nodemailer sends; imapflow is pushed, flags, searches, moves, downloads.
// Usage: node check.js IMAP-PORT SMTP-PORT CA tls|starttls
'use strict';

const assert = require('assert');
const fs = require('fs');
const { ImapFlow } = require('imapflow');
const nodemailer = require('nodemailer');

const [imapPort, smtpPort, caFile, mode] = process.argv.slice(2);
const tls = { ca: fs.readFileSync(caFile) };
const secure = mode === 'tls';

async function send(subject, extra) {
	const transport = nodemailer.createTransport({
		host: 'localhost', port: +smtpPort, secure, requireTLS: true, tls,
		auth: { user: 'user1', pass: 'test' },
	});
	const info = await transport.sendMail({
		from: 'User One <user1@localhost>', to: 'user2@localhost',
		subject, text: 'Zwölf Boxkämpfer\n', ...extra,
	});
	assert.deepStrictEqual(info.accepted, ['user2@localhost']);
	transport.close();
}

function within(seconds, what, promise) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error('late: ' + what)),
			seconds * 1000);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function main() {
	const client = new ImapFlow({
		host: 'localhost', port: +imapPort, secure, tls,
		auth: { user: 'user2', pass: 'test' }, logger: false,
	});
	await client.connect();
	const uses = (await client.list()).map((m) => m.specialUse).sort();
	for (const use of ['\\Archive', '\\Drafts', '\\Junk', '\\Sent', '\\Trash'])
		assert(uses.includes(use), use);

	const lock = await client.getMailboxLock('INBOX');
	const subject = 'Grüße ' + mode;
	const attachment = Buffer.alloc(300000, 'maild');
	try {
		const before = client.mailbox.exists;
		const pushed = new Promise((resolve) => client.once('exists', resolve));
		const idling = client.idle();
		await send(subject, {
			attachments: [{ filename: 'blob.bin', content: attachment }],
		});
		const event = await within(5, 'EXISTS in IDLE', pushed);
		assert.strictEqual(event.count, before + 1);

		const found = await client.search({ subject }, { uid: true });
		assert.strictEqual(found.length, 1);
		const uid = found[0];
		await idling.catch(() => {});

		const m = await client.fetchOne(uid, {
			envelope: true, bodyStructure: true, flags: true, source: true,
		}, { uid: true });
		assert.strictEqual(m.envelope.subject, subject);
		assert.strictEqual(m.envelope.from[0].address, 'user1@localhost');
		assert.strictEqual(m.bodyStructure.childNodes.length, 2);
		assert(!m.flags.has('\\Seen'));

		const { meta, content } = await client.download(uid, '2', { uid: true });
		assert.strictEqual(meta.filename, 'blob.bin');
		const chunks = [];
		for await (const chunk of content)
			chunks.push(chunk);
		assert(Buffer.concat(chunks).equals(attachment));

		await client.messageFlagsAdd(uid, ['\\Flagged', '$label1'], { uid: true });
		const flagged = await client.search(
			{ flagged: true, keyword: '$label1', subject }, { uid: true });
		assert.deepStrictEqual(flagged, [uid]);
		assert.deepStrictEqual(
			await client.search({ body: 'ZWÖLF BOX', subject }, { uid: true }), [uid]);

		const moved = await client.messageMove(uid, 'Archive', { uid: true });
		assert(moved.uidMap.has(uid));
	} finally {
		lock.release();
	}
	const archive = await client.getMailboxLock('Archive');
	try {
		const found = await client.search({ subject, flagged: true }, { uid: true });
		assert.strictEqual(found.length, 1);
		await client.messageDelete(found[0], { uid: true });
		assert.strictEqual(client.mailbox.exists, 0);
	} finally {
		archive.release();
	}
	await client.mailboxCreate('Projekte/Übersicht');
	assert((await client.list()).some((m) => m.path === 'Projekte/Übersicht'));
	await client.mailboxDelete('Projekte/Übersicht');
	await client.mailboxDelete('Projekte');
	await client.logout();
	console.log('ok');
}

main().catch((e) => {
	console.error(e);
	process.exit(1);
});
