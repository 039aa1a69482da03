// Answers each request with what it received, as JSON. "Bearer stale" and "Bearer stale2" are 401.
// Usage: node echo_server.js CERTIFICATE KEY; prints the HTTPS and the HTTP port; ends with its standard input.
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');

const [, , certificate, key] = process.argv;
let served = 0;

function answer(request, response) {
	let body = '';
	request.on('data', (piece) => { body += piece; });
	request.on('end', () => {
		const authorization = request.headers.authorization || '';
		const peer = request.socket.getPeerCertificate ? request.socket.getPeerCertificate() : {};
		const headers = {};
		for (let i = 0; i < request.rawHeaders.length; i += 2) {
			const name = request.rawHeaders[i].toLowerCase();
			headers[name] = (headers[name] || []).concat(request.rawHeaders[i + 1]);
		}
		served++;
		response.writeHead(authorization.startsWith('Bearer stale') ? 401 : 200,
			{'content-type': 'application/json'});
		response.end(JSON.stringify({served, method: request.method, path: request.url, body, headers,
			peer: peer.subject ? peer.subject.CN : null}));
	});
}

const tls = https.createServer({cert: fs.readFileSync(certificate), key: fs.readFileSync(key),
	requestCert: true, rejectUnauthorized: false}, answer);
const plain = http.createServer(answer);

tls.listen(0, '127.0.0.1', () => plain.listen(0, '127.0.0.1', () => {
	process.stdout.write(`${tls.address().port} ${plain.address().port}\n`);
}));
process.stdin.on('end', () => process.exit(0)).resume();
