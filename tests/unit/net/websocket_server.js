// Stands for an API server's pods/exec and pods/portforward: the name of the pod says what it does, well or badly.
// Usage: node websocket_server.js CERTIFICATE KEY; prints the TLS and the plain port; ends with its standard input.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const net = require('net');
const tls = require('tls');

const [, , certificate, key] = process.argv;
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const count = {}; // connections by pod
let tunnels = 0;

// ---- Frames ----

function frame(opcode, payload, {fin = true, masked = false, rsv = 0, claim = null} = {}) {
	payload = Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
	const length = claim === null ? payload.length : claim;
	let head;
	if (length < 126) {
		head = Buffer.from([0, length]);
	} else if (length < 65536) {
		head = Buffer.from([0, 126, length >> 8, length & 255]);
	} else {
		head = Buffer.alloc(10);
		head[1] = 127;
		head.writeBigUInt64BE(BigInt(length), 2);
	}
	head[0] = (fin ? 0x80 : 0) | rsv << 4 | opcode;
	if (!masked)
		return Buffer.concat([head, payload]);
	head[1] |= 0x80;
	return Buffer.concat([head, Buffer.alloc(4), payload]); // masked with zeros
}

class Peer {
	constructor(socket, head, rest) {
		this.socket = socket;
		this.head = head;
		this.buffer = rest;
		this.waiting = [];
		this.inner = Buffer.alloc(0);
		socket.on('data', (bytes) => { this.buffer = Buffer.concat([this.buffer, bytes]); this.parse(); });
	}
	raw(bytes) { if (!this.socket.destroyed) this.socket.write(bytes); }
	send(channel, text) { this.raw(frame(2, Buffer.concat([Buffer.from([channel]), Buffer.from(text)]))); }
	status(object) { this.send(3, JSON.stringify({metadata: {}, ...object})); }
	success() { this.status({status: 'Success'}); }
	close(code) {
		this.raw(frame(8, code === undefined ? '' : Buffer.from([code >> 8, code & 255])));
		this.socket.end();
	}
	parse() {
		while (this.buffer.length >= 2) {
			let length = this.buffer[1] & 127, at = 2;
			if (!(this.buffer[1] & 0x80)) { // a client must mask
				this.close(1002);
				return;
			}
			if (length === 126) { length = this.buffer.readUInt16BE(2); at = 4; }
			else if (length === 127) { length = Number(this.buffer.readBigUInt64BE(2)); at = 10; }
			if (this.buffer.length < at + 4 + length)
				return;
			const mask = this.buffer.subarray(at, at + 4);
			const payload = Buffer.from(this.buffer.subarray(at + 4, at + 4 + length));
			for (let i = 0; i < payload.length; i++)
				payload[i] ^= mask[i & 3];
			const opcode = this.buffer[0] & 15;
			this.buffer = this.buffer.subarray(at + 4 + length);
			if (opcode === 2 && this.ondata)
				this.ondata(payload[0], payload.subarray(1));
			if (opcode === 8)
				this.socket.end();
			if (this.onframe)
				this.onframe(opcode, payload);
		}
	}
}

// ---- Commands ----

const failure = (code, reason, message, details) => ({status: 'Failure', reason, message, code, details});
const exitCode = (code) => failure(500, 'NonZeroExitCode', `command terminated with non-zero exit code: exit code ${code}`,
	{causes: [{reason: 'ExitCode', message: String(code)}]});
const notStarted = (words) => failure(500, 'InternalError',
	`Internal error occurred: OCI runtime exec failed: exec failed: ${words}`);

function well(peer) { peer.send(1, 'out\n'); peer.send(2, 'err\n'); peer.success(); peer.close(1000); }

const exec = {
	well,
	code: (peer) => { peer.send(1, 'out\n'); peer.send(2, 'err\n'); peer.status(exitCode(3)); peer.close(1000); },
	'code-odd': (peer) => { peer.status(exitCode('3x')); peer.close(1000); },
	'no-program': (peer) => {
		peer.status(notStarted('exec: "nope": executable file not found in $PATH: unknown'));
		peer.close(1000);
	},
	'not-executable': (peer) => { peer.status(notStarted('exec: "/etc/passwd": permission denied')); peer.close(1000); },
	'runtime-broken': (peer) => { peer.status(notStarted('cgroup is gone, token=Kanari3nv0gel')); peer.close(1000); },
	secret: (peer) => {
		peer.send(1, 'AWS_SECRET_ACCESS_KEY=Kanari3nv0gel\n');
		peer.send(2, 'password=Kanari3nv0gel\n');
		peer.success();
		peer.close(1000);
	},
	'status-first': (peer) => { peer.success(); peer.send(1, 'out\n'); peer.send(2, 'err\n'); peer.close(1000); },
	'status-in-two': (peer) => { peer.send(3, '{"metadata":{},"sta'); peer.send(3, 'tus":"Success"}'); peer.close(1000); },
	'empty-close': (peer) => { peer.send(1, 'out\n'); peer.success(); peer.close(); },
	'no-close': (peer) => { peer.send(1, 'out\n'); peer.success(); peer.socket.end(); },
	'never-closes': (peer) => { peer.send(1, 'out\n'); peer.success(); },
	'no-status': (peer) => { peer.send(1, 'out\n'); peer.close(1000); },
	'odd-status': (peer) => { peer.send(3, '["no","status"]'); peer.close(1000); },
	'other-channels': (peer) => { peer.send(9, 'x'); peer.raw(frame(2, '')); peer.raw(frame(1, '\u0001out\n')); peer.success(); peer.close(1000); },
	silent: () => {},
	fragmented: (peer) => {
		peer.raw(frame(2, '\u0001o', {fin: false}));
		peer.raw(frame(0, 'u', {fin: false}));
		peer.raw(frame(9, 'are you there'));
		peer.onframe = (opcode, payload) => {
			if (opcode !== 10 || payload.toString() !== 'are you there')
				return;
			peer.raw(frame(0, 't\n'));
			peer.success();
			peer.close(1000);
		};
	},
	bytewise: (peer) => {
		const bytes = Buffer.concat([frame(2, '\u0001out\n'), frame(2, '\u0003{"status":"Success"}'),
			frame(8, Buffer.from([3, 232]))]);
		let at = 0;
		const next = () => { if (at < bytes.length) { peer.raw(bytes.subarray(at, ++at)); setImmediate(next); } };
		next();
	},
	masked: (peer) => peer.raw(frame(2, '\u0001out\n', {masked: true})),
	'reserved-bit': (peer) => peer.raw(frame(2, '\u0001out\n', {rsv: 4})),
	'odd-opcode': (peer) => peer.raw(frame(5, 'x')),
	'lone-continuation': (peer) => peer.raw(frame(0, 'x')),
	'long-ping': (peer) => peer.raw(frame(9, 'x'.repeat(200))),
	oversized: (peer) => peer.raw(frame(2, '\u0001out\n', {claim: 2 ** 40})),
	'oversized-in-parts': (peer) => {
		peer.raw(frame(2, '\u0001', {fin: false}));
		for (let i = 0; i < 40; i++)
			peer.raw(frame(0, Buffer.alloc(32768, 'x'), {fin: false}));
	},
	'half-frame': (peer) => { peer.raw(frame(2, '\u0001out\n').subarray(0, 4)); peer.socket.end(); },
	reset: (peer) => { peer.send(1, 'out\n'); peer.socket.destroy(); },
	'closed-by-error': (peer) => peer.close(1011),
	large: (peer) => {
		for (let i = 0; i < 100; i++)
			peer.send(1, 'x'.repeat(32000));
		peer.send(2, 'y'.repeat(100));
		peer.success();
		peer.close(1000);
	},
	endless: (peer) => {
		const more = () => {
			if (peer.socket.destroyed)
				return;
			peer.send(1, 'x'.repeat(32000));
			setImmediate(more);
		};
		more();
	},
	identity: (peer) => {
		const certificate = peer.socket.getPeerCertificate ? peer.socket.getPeerCertificate() : {};
		peer.send(1, `${peer.head}peer ${certificate.subject ? certificate.subject.CN : 'none'}, asked for ` +
			`${peer.socket.servername}, ${tunnels} tunnels\n`);
		peer.success();
		peer.close(1000);
	},
	renewed: well,
};

// ---- Answers that are no upgrade ----

const json = (status, object) => `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\n` +
	`Content-Length: ${JSON.stringify(object).length}\r\n\r\n${JSON.stringify(object)}`;
const forbidden = (sub) => failure(403, 'Forbidden', `pods "x" is forbidden: User "u" cannot get resource ` +
	`"pods/${sub}" in API group "" in the namespace "n"`, {name: 'x', kind: 'pods'});

const refused = {
	forbidden: (sub) => json(403, forbidden(sub)),
	'forbidden-bare': () => 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n',
	absent: () => json(404, failure(404, 'NotFound', 'pods "absent" not found', {name: 'absent', kind: 'pods'})),
	'not-running': () => json(400, failure(400, 'BadRequest', 'container not found ("cart")')),
	unscheduled: () => json(400, failure(400, 'BadRequest', 'pod unscheduled does not have a host assigned')),
	kubelet: () => json(500, failure(500, 'InternalError', 'error dialing backend: dial tcp 10.0.0.1:10250: i/o timeout')),
	page: () => 'HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>',
	'page-200': () => 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>',
	moved: () => 'HTTP/1.1 302 Found\r\nLocation: https://login/\r\nContent-Length: 0\r\n\r\n',
	stripped: () => json(400, failure(400, 'BadRequest', 'Upgrade request required')),
	chunked: () => 'HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
	'to-the-end': () => 'HTTP/1.0 503 X\r\n\r\nno backend',
	huge: () => `HTTP/1.1 500 X\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300000)}`,
	'huge-header': () => `HTTP/1.1 500 X\r\n${'X-A: b\r\n'.repeat(20000)}`,
	ssh: () => 'SSH-2.0-OpenSSH_9\r\n',
	nothing: () => '',
	'half-header': () => 'HTTP/1.1 101 Switching Protocols\r\nUpg',
};

// ---- Ports: what a process there does with the request that it reads ----

// Requests come whole or in pieces; each is handed over with its number on this connection.
function serve(peer, port, onRequest) {
	let served = 0;
	const portBytes = Buffer.from([port & 255, port >> 8]);
	peer.send(0, portBytes);
	peer.send(1, portBytes);
	peer.say = (bytes) => peer.send(0, bytes);
	peer.ondata = (channel, bytes) => {
		peer.inner = Buffer.concat([peer.inner, bytes]);
		for (;;) {
			const end = peer.inner.indexOf('\r\n\r\n');
			const head = end < 0 ? '' : peer.inner.subarray(0, end + 4).toString();
			const match = /content-length: (\d+)/i.exec(head);
			const length = match ? Number(match[1]) : 0;
			if (end < 0 || peer.inner.length < end + 4 + length)
				return;
			const body = peer.inner.subarray(end + 4, end + 4 + length).toString();
			peer.inner = peer.inner.subarray(end + 4 + length);
			onRequest(head, body, ++served);
		}
	};
}

const answer = (text, more = '') => `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n${more}` +
	`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
const typed = (type, text) => `HTTP/1.1 200 OK\r\nServer: Test/1\r\nContent-Type: ${type}\r\n` +
	`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
const refusal = 'error forwarding port 9 to pod abc, uid : failed to execute portforward in network namespace ' +
	'"/run/netns/x": failed to connect to localhost:9 inside namespace "x", IPv4: dial tcp4 127.0.0.1:9: connect: ' +
	'connection refused IPv6 dial tcp6 [::1]:9: connect: connection refused ';

// By pod: (peer, head, body, number of the request on this connection, number of the connection).
const processes = {
	echo: (peer, head, body, n, connection) =>
		peer.say(typed('application/json', JSON.stringify({head, body, n, connection}))),
	text: (peer, head, body, n, connection) => peer.say(answer(`${n} on ${connection}`)),
	amz: (peer) => peer.say(typed('application/x-amz-json-1.0', '{"Table":{"TableName":"Items"}}')),
	'broken-json': (peer) => peer.say(typed('application/json', '{"Table":')),
	secret: (peer) => peer.say(typed('application/json', '{"password":"Kanari3nv0gel","url":"http://u:Kanari3nv0gel@h/"}')),
	'secret-text': (peer) => peer.say(answer('token=Kanari3nv0gel', 'Server: password=Kanari3nv0gel\r\n')),
	'not-found': (peer) => peer.say('HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone'),
	'in-chunks': (peer) => peer.say('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n'),
	'chunk-too-long': (peer) => peer.say('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n'),
	'chunk-no-size': (peer) => peer.say('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n'),
	'chunk-huge': (peer) => peer.say('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n'),
	bytewise: (peer) => { for (const c of answer('slowly')) peer.say(c); },
	interim: (peer) => peer.say(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${answer('at last')}`),
	'interim-endless': (peer) => peer.say('HTTP/1.1 100 Continue\r\n\r\n'.repeat(4000)),
	'till-closed': (peer) => { peer.say('HTTP/1.0 200 OK\r\n\r\nall of it'); peer.close(1000); },
	'to-the-end-cut': (peer) => { peer.say('HTTP/1.0 200 OK\r\n\r\nhalf'); peer.socket.destroy(); },
	'says-close': (peer, head, body, n, connection) => { peer.say(answer(`${n} on ${connection}`, 'Connection: close\r\n')); peer.close(1000); },
	// Announces nothing, and closes behind each answer.
	'closes-unsaid': (peer, head, body, n, connection) => { peer.say(answer(`${n} on ${connection}`)); peer.close(1000); },
	'cut-body': (peer) => { peer.say('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'); peer.close(1000); },
	'no-content': (peer, head, body, n, connection) => peer.say(n === 1 ? 'HTTP/1.1 204 No Content\r\n\r\n' : answer(`${n} on ${connection}`)),
	head: (peer, head, body, n, connection) => peer.say(head.startsWith('HEAD') ? 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n' : answer(`${n} on ${connection}`)),
	'two-lengths': (peer) => peer.say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef'),
	'length-and-chunks': (peer) => peer.say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
	'odd-length': (peer) => peer.say('HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nabcde'),
	'odd-coding': (peer) => peer.say('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'),
	folded: (peer) => peer.say('HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n'),
	'odd-status': (peer) => peer.say('HTTP/1.1 20 OK\r\n\r\n'),
	'http-2': (peer) => peer.say('HTTP/2 200\r\n\r\n'),
	switches: (peer) => peer.say('HTTP/1.1 101 X\r\nUpgrade: h2c\r\n\r\n'),
	'long-header': (peer) => peer.say(`HTTP/1.1 200 OK\r\nX-A: ${'b'.repeat(70000)}\r\n\r\n`),
	'huge-body': (peer) => peer.say(answer('x'.repeat(5000))),
	'huge-chunks': (peer) => peer.say(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(5000)}0\r\n\r\n`),
	trailing: (peer, head, body, n, connection) => peer.say(`${answer(`${n} on ${connection}`)}surplus`),
	'tls-alert': (peer) => { peer.say(Buffer.from([0x15, 3, 3, 0, 2, 2, 50])); peer.close(1000); },
	'tls-bytewise': (peer) => { for (const c of [0x15, 3, 3, 0, 2, 2, 50]) peer.say(Buffer.from([c])); },
	'tls-handshake': (peer) => peer.say(Buffer.from([0x16, 3, 1, 0, 2, 2, 50])),
	'tls-in-words': (peer) => { peer.say('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'); peer.close(1000); },
	redis: (peer) => peer.say('-ERR wrong number of arguments\r\n'),
	binary: (peer) => peer.say(Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0])),
	'closes-at-once': (peer) => peer.close(1000),
	// A process that is ended under the first request and stands again for the second.
	'closes-once': (peer, head, body, n, connection) => { if (connection > 1) peer.say(answer(`${n} on ${connection}`)); else peer.close(1000); },
	mute: () => {},
	'mute-first': (peer, head, body, n, connection) => { if (connection > 1) peer.say(answer(`${n} on ${connection}`)); },
	starts: (peer) => peer.say('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
	'breaks-frames': (peer) => peer.raw(frame(2, 'x', {masked: true})),
	'is-reset': (peer) => peer.socket.destroy(),
	renewed: (peer) => peer.say(answer('renewed')),
};
const closedPorts = {
	closed: (peer) => { peer.send(1, refusal); peer.close(1000); },
	'no-netns': (peer) => { peer.send(1, 'network namespace for sandbox "x" is closed, token=Kanari3nv0gel'); peer.close(1000); },
	'closed-in-parts': (peer, port) => {
		peer.raw(frame(2, Buffer.from([1, port & 255])));
		peer.raw(frame(2, Buffer.from([1, port >> 8])));
		peer.send(1, refusal);
	},
};

// The way to the process, before its first byte.
const brokenWays = {
	'way-closes': (peer) => peer.close(1000),
	'way-is-mute': () => {},
	'way-elsewhere': (peer, port) => { peer.send(0, Buffer.from([port & 255, (port >> 8) + 1])); },
};

function forward(peer, pod, port, connection) {
	if (brokenWays[pod]) {
		brokenWays[pod](peer, port);
		return;
	}
	if (closedPorts[pod]) {
		if (pod !== 'closed-in-parts') {
			peer.send(0, Buffer.from([port & 255, port >> 8]));
			peer.send(1, Buffer.from([port & 255, port >> 8]));
		}
		closedPorts[pod](peer, port);
	} else {
		serve(peer, port, (head, body, n) => processes[pod](peer, head, body, n, connection));
	}
}

// ---- The upgrade ----

const headers = {
	'bad-accept': {'Sec-WebSocket-Accept': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='},
	'other-protocol': {'Sec-WebSocket-Protocol': 'channel.k8s.io'},
	'no-protocol': {'Sec-WebSocket-Protocol': null},
	extension: {'Sec-WebSocket-Extensions': 'permessage-deflate'},
	'other-upgrade': {Upgrade: 'SPDY/3.1'},
};

function connected(socket) {
	let text = Buffer.alloc(0);
	const onData = (bytes) => {
		text = Buffer.concat([text, bytes]);
		const end = text.indexOf('\r\n\r\n');
		if (end < 0)
			return;
		socket.removeListener('data', onData);
		upgrade(socket, text.subarray(0, end + 4).toString(), text.subarray(end + 4));
	};
	socket.on('data', onData);
	socket.on('error', () => {});
}

function upgrade(socket, head, rest) {
	const path = head.split(' ')[1];
	if (head.startsWith('CONNECT ')) {
		const [host, port] = path.split(':');
		const beyond = net.connect(Number(port), host, () => {
			tunnels++;
			socket.write('HTTP/1.1 200 Connected\r\n\r\n');
			beyond.write(rest);
			socket.pipe(beyond).pipe(socket);
		});
		beyond.on('error', () => socket.destroy());
		return;
	}
	const url = new URL(path, 'http://x');
	const [, pod, sub] = /\/pods\/([^/]+)\/([a-z]+)/.exec(url.pathname) || [null, '', ''];
	const field = (name) => (new RegExp(`^${name}: (.*)\r$`, 'im').exec(head) || [])[1];
	const offered = (field('Sec-WebSocket-Protocol') || '').split(', ');
	if (sub === '') {
		// A plain request beside the WebSockets.
		socket.write(json(200, {kind: 'Pod', metadata: {name: 'x'}}));
		connected(socket);
		return;
	}
	count[pod] = (count[pod] || 0) + 1;
	if (pod === 'hangs')
		return;
	if (refused[pod]) {
		socket.end(refused[pod](sub));
		return;
	}
	if (pod === 'renewed' && field('Authorization') !== 'Bearer fresh') {
		socket.end(json(401, failure(401, 'Unauthorized', 'Unauthorized')));
		return;
	}
	const lines = {
		Upgrade: 'websocket',
		Connection: 'Upgrade',
		'Sec-WebSocket-Accept': crypto.createHash('sha1').update(field('Sec-WebSocket-Key') + GUID).digest('base64'),
		'Sec-WebSocket-Protocol': offered[0],
		...(headers[pod] || {}),
	};
	const peer = new Peer(socket, head, rest);
	const start = `HTTP/1.1 101 Switching Protocols\r\n${Object.entries(lines).filter(([, value]) => value !== null)
		.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
	if (pod === 'early') {
		socket.write(Buffer.concat([Buffer.from(start), frame(2, '\u0001out\n'),
			frame(2, '\u0003{"status":"Success"}'), frame(8, Buffer.from([3, 232]))]));
		return;
	}
	socket.write(start);
	if (headers[pod])
		return;
	if (sub === 'exec')
		exec[pod](peer);
	else
		forward(peer, pod, Number(url.searchParams.get('ports')), count[pod]);
	peer.parse();
}

const secure = tls.createServer({cert: fs.readFileSync(certificate), key: fs.readFileSync(key),
	requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['http/1.1']}, connected);
const plain = net.createServer(connected);
secure.on('tlsClientError', () => {});
secure.listen(0, '127.0.0.1', () => plain.listen(0, '127.0.0.1', () => {
	process.stdout.write(`${secure.address().port} ${plain.address().port}\n`);
}));
process.stdin.on('end', () => process.exit(0)).resume();
