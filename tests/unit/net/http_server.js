// The servers that the HTTP tests speak to. Prints "name port" for each and then "ready"; ends with its standard input.
// Argument: the folder that certificates.sh filled.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const net = require('node:net');
const zlib = require('node:zlib');

const folder = process.argv[2];
const pem = (name) => fs.readFileSync(`${folder}/${name}`);
const identity = (name) => ({ key: pem(`${name}.key`), cert: pem(`${name}.pem`) });
const connections = {}; // by listener
const hits = {}; // by the query's "key"
const children = [];

// The first N requests with a key are refused in some way: true while that lasts.
// Texts that pack to some tens of kilobytes, the same at each start.
const lists = Array.from({ length: 7 }, (_, n) => {
	let text = '';
	for (let i = 0, x = n + 1; i < 2500 * (n + 1); i++) {
		x = (x * 1103515245 + 12345) % 2147483648;
		text += x.toString(36) + ' item ';
	}
	return text;
});
const packedLists = lists.map((text) => zlib.gzipSync(text));

const early = (url) => hits[url.searchParams.get('key')] <= Number(url.searchParams.get('n') ?? 1);

const answers = {
	'/text': (q, r) => r.end('hello'),
	'/html': (q, r) => r.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>login</html>'),
	'/status': (q, r, url) => r.writeHead(Number(url.searchParams.get('code'))).end(url.searchParams.get('body') ?? ''),
	'/redirect': (q, r) => r.writeHead(302, { location: '/text' }).end(),
	'/gzip': (q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync('packed hello')),
	'/not-gzip': (q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('this is not gzip at all'),
	'/bomb': (q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync(Buffer.alloc(64 << 20))),
	'/big': (q, r, url) => r.end(Buffer.alloc(Number(url.searchParams.get('bytes')), 'x')),
	'/never': () => {},
	'/half': (q, r) => r.writeHead(200, { 'content-length': 100 }).write('half'),
	'/drip': (q, r) => {
		const timer = setInterval(() => r.write('drop\n'), 10);
		r.on('close', () => clearInterval(timer));
	},
	'/lists': (q, r, url) => { // as an API server writes a long list: packed, in pieces that end where they end
		r.writeHead(200, { 'Content-Encoding': 'gzip' });
		const packed = packedLists[Number(url.searchParams.get('n'))];
		for (let at = 0; at < packed.length; at += 4096)
			r.write(packed.subarray(at, at + 4096));
		setImmediate(() => r.end());
	},
	'/later': (q, r, url) => setTimeout(() => r.end('late'), Number(url.searchParams.get('ms'))),
	'/busy': (q, r, url) => {
		const after = url.searchParams.get('after');
		if (early(url))
			r.writeHead(429, after === null ? {} : { 'retry-after': after === 'date' ?
				new Date(Date.now() + 1500).toUTCString() : after }).end('busy');
		else
			r.end('done');
	},
	'/unavailable': (q, r, url) => (early(url) ? r.writeHead(503).end('down') : r.end('done')),
	'/cut': (q, r, url) => { // HTTP/1: the connection, in mid-body; HTTP/2: the stream
		if (!early(url))
			return r.end('done');
		r.writeHead(200, { 'content-length': 100 });
		r.write('half');
		setImmediate(() => (r.stream ? r.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR) : q.socket.destroy()));
	},
	'/goaway': (q, r, url) => {
		if (!early(url))
			return r.end('done');
		r.stream.session.goaway(http2.constants.NGHTTP2_NO_ERROR, 0);
		setImmediate(() => r.stream.session.destroy());
	},
	'/die': (q, r, url) => (early(url) ? (r.stream ? r.stream.session.destroy() : q.socket.destroy()) : r.end('done')),
	'/hits': (q, r, url) => r.end(String(hits[url.searchParams.get('of')] ?? 0)),
	'/connections': (q, r, url) => r.end(String(connections[url.searchParams.get('of')] ?? 0)),
	'/echo': (q, r) => {
		let length = 0;
		q.on('data', (data) => (length += data.length));
		q.on('end', () => r.end(JSON.stringify({ method: q.method, url: q.url, length, ...q.headers })));
	},
};

function answer(request, response) {
	const url = new URL(request.url, 'http://x');
	const key = url.searchParams.get('key');
	if (key !== null)
		hits[key] = (hits[key] ?? 0) + 1;
	(answers[url.pathname] ?? ((q, r) => r.writeHead(404).end('no such path')))(request, response, url);
}

// Answers that no HTTP library would send, by path.
const oddities = {
	'/endless-header': (socket) => {
		socket.write('HTTP/1.1 200 OK\r\n');
		const more = () => socket.writable && socket.write('X-More: and more and more\r\n'.repeat(100), more);
		more();
	},
	'/endless-continue': (socket) => {
		const more = () => socket.writable && socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(100), more);
		more();
	},
	'/long-line': (socket) => {
		socket.write('HTTP/1.1 200 OK\r\nX-Long: ');
		const more = () => socket.writable && socket.write('x'.repeat(10000), more);
		more();
	},
	'/truncated': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
	'/chunk-cut': (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'),
	'/garbage': (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
	'/nothing': (socket) => socket.end(),
	'/reset': (socket) => socket.resetAndDestroy(),
	'/go-on-tls': (socket) => socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'),
	'/nul': (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\na\0b'),
};

function odd(socket) {
	socket.once('data', (data) => {
		const path = String(data).split(' ')[1] ?? '';
		const key = /key=(\w+)/.exec(path)?.[1];
		if (key)
			hits[key] = (hits[key] ?? 0) + 1;
		(oddities[path.split('?')[0]] ?? (() => socket.end('HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n')))(socket);
	});
}

function proxy(status) {
	const server = http.createServer((q, r) => r.writeHead(status || 200).end(`proxied ${q.url}`));
	server.on('connect', (request, client, head) => {
		hits['proxy'] = (hits['proxy'] ?? 0) + 1;
		if (status)
			return client.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
		const [, host, port] = /^(.*):(\d+)$/.exec(request.url);
		const far = net.connect(port, '127.0.0.1', () => {
			client.write(`HTTP/1.1 200 OK\r\nX-Target: ${host}\r\n\r\n`);
			far.write(head);
			far.pipe(client).pipe(far);
		});
		for (const end of [far, client])
			end.on('error', () => { far.destroy(); client.destroy(); });
	});
	return server;
}

const servers = {
	h2: http2.createSecureServer({ ...identity('server'), allowHTTP1: true }, answer),
	h1: https.createServer(identity('server'), answer),
	plain: http.createServer(answer),
	system: https.createServer(identity('system'), answer),
	elsewhere: https.createServer(identity('elsewhere'), answer),
	expired: https.createServer(identity('expired'), answer),
	old: https.createServer({ ...identity('server'), minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1',
		ciphers: 'DEFAULT@SECLEVEL=0' }, answer),
	odd: net.createServer(odd),
	silent: net.createServer(() => {}),
	hangup: net.createServer((socket) => socket.resetAndDestroy()),
	proxy: proxy(0),
	proxy407: proxy(407),
	proxy403: proxy(403),
};

// Node ends a connection with a refused client certificate without a word; OpenSSL's own server sends the alert.
function mutual(name, ...options) {
	const child = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', '-www', '-Verify', '2', '-verify_return_error',
		'-CAfile', `${folder}/ca.pem`, '-cert', `${folder}/server.pem`, '-key', `${folder}/server.key`, ...options],
	{ stdio: ['pipe', 'pipe', 'ignore'] });
	children.push(child);
	return new Promise((resolve) => {
		let text = '';
		child.stdout.on('data', (data) => {
			text += data;
			const port = /ACCEPT .*:(\d+)/.exec(text)?.[1];
			if (port)
				resolve(console.log(`${name} ${port}`));
		});
	});
}

async function main() {
	for (const [name, server] of Object.entries(servers)) {
		connections[name] = 0;
		server.on('connection', (socket) => {
			connections[name]++;
			socket.on('error', () => {});
		});
		server.on('sessionError', () => {});
		server.on('tlsClientError', () => {});
		await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
		console.log(`${name} ${server.address().port}`);
	}
	await Promise.all([mutual('mutual13', '-tls1_3'), mutual('mutual12', '-tls1_2')]);
	console.log('ready');
}

process.stdin.on('end', () => {
	for (const child of children)
		child.kill();
	process.exit(0);
});
process.stdin.resume();
process.on('uncaughtException', (error) => console.error(error));
main();
