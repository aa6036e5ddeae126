// SPDX-License-Identifier: ISC
// nodemailer sends to maild, whose smarthost is smtp-server: what the one asks
// for, the other is told.
// Usage: node relay.js SERVER-PORT CERT KEY SMTP-PORT CA
'use strict';

const assert = require('assert');
const fs = require('fs');
const nodemailer = require('nodemailer');
const { SMTPServer } = require('smtp-server');

const [port, cert, key, smtpPort, caFile] = process.argv.slice(2);

// A server that gives each message to whoever waits for it.
class Smarthost {
	constructor() {
		this.come = [];
		this.waiting = [];
		this.server = new SMTPServer({
			cert: fs.readFileSync(cert), key: fs.readFileSync(key),
			hideDSN: false, logger: false,
			onAuth: (auth, session, done) => done(null,
				auth.username === 'me' && auth.password === 'secret' &&
				{ user: 'me' }),
			onData: (stream, session, done) =>
				this.take(stream, session, done),
		});
	}

	async take(stream, session, done) {
		const pieces = [];
		for await (const piece of stream)
			pieces.push(piece);
		assert(session.secure);
		assert.strictEqual(session.user, 'me');
		this.come.push({ envelope: JSON.parse(JSON.stringify(
			session.envelope)), data: Buffer.concat(pieces) });
		done();
		this.give();
	}

	give() {
		while (this.come.length > 0 && this.waiting.length > 0)
			this.waiting.shift()(this.come.shift());
	}

	next() {
		return new Promise((resolve) => {
			this.waiting.push(resolve);
			this.give();
		});
	}
}

async function parameters(transport, smarthost) {
	await transport.sendMail({
		from: 'user1@localhost', to: ['a@far.example', 'b@far.example'],
		subject: 'Grüße', text: 'Zwölf Boxkämpfer\n',
		dsn: { id: 'e+1=', return: 'headers', notify: ['failure', 'delay'],
			recipient: 'rfc822;x@said.example' },
	});
	const { envelope, data } = await smarthost.next();
	assert.strictEqual(envelope.mailFrom.address, 'user1@localhost');
	assert.strictEqual(envelope.dsn.ret, 'HDRS');
	assert.strictEqual(envelope.dsn.envid, 'e+1=');
	assert.deepStrictEqual(envelope.rcptTo.map((r) => r.address),
		['a@far.example', 'b@far.example']);
	for (const r of envelope.rcptTo) {
		assert.deepStrictEqual(r.dsn.notify, ['FAILURE', 'DELAY']);
		assert.strictEqual(r.dsn.orcpt, 'rfc822;x@said.example');
	}
	assert(data.includes('\r\nSubject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n'));
}

// An address beyond ASCII, and a text that goes as it is.
async function internationalized(transport, smarthost) {
	const raw = Buffer.from('From: <user1@localhost>\r\nTo: <jürgen@far.' +
		'example>\r\nSubject: Grüße\r\n\r\nZwölf\r\n.\r\n..\r\n \t\r\n\r\n');
	await transport.sendMail({ raw, envelope: {
		from: 'user1@localhost', to: 'jürgen@far.example',
		use8BitMime: true } });
	const { envelope, data } = await smarthost.next();
	assert.strictEqual(envelope.smtpUtf8, true);
	assert.strictEqual(envelope.bodyType, '8bitmime');
	assert.strictEqual(envelope.rcptTo[0].address, 'jürgen@far.example');
	assert(data.subarray(-raw.length).equals(raw), data.toString());
}

async function main() {
	const smarthost = new Smarthost();
	await new Promise((resolve) => smarthost.server.listen(+port,
		'127.0.0.1', resolve));
	const transport = nodemailer.createTransport({
		host: 'localhost', port: +smtpPort, secure: true,
		tls: { ca: fs.readFileSync(caFile) },
		auth: { user: 'user1', pass: 'test' },
	});
	await parameters(transport, smarthost);
	await internationalized(transport, smarthost);
	transport.close();
	console.log('ok');
	process.exit(0);
}

main().catch((e) => {
	console.error(e);
	process.exit(1);
});
