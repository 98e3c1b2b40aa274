import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const get = latin1(
  "GET /index.html?q=1 HTTP/1.1\r\nHost: www.example.com:8080\r\nUser-Agent: test/1.0\r\nReferer: http://example.org/\r\nAccept: */*\r\n\r\n",
);
const ok = latin1(
  "HTTP/1.1 200 OK\r\nServer: demo\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\nHello world!",
);
const getAttributes = {
  "http.method": ["GET"],
  "http.uri": ["/index.html?q=1"],
  "http.version": "1.1",
  "http.host": "www.example.com",
  "http.user-agent": "test/1.0",
  "http.referer": "http://example.org/",
};

export const httpExamples: readonly Example[] = [
  {
    title: "a page is asked for and given",
    transport: "tcp",
    exchange: [
      [">", get],
      ["<", ok],
    ],
    protocol: "http",
    attributes: {
      ...getAttributes,
      "http.status": [200],
      "http.server": "demo",
      "http.content-type": ["text/html"],
    },
    decidedAfter: 1,
  },
  {
    title: "pipelined requests, a HEAD among them, and a chunked answer",
    transport: "tcp",
    exchange: [
      [
        ">",
        latin1(
          "HEAD /a HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\nPOST /b HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}GET /c HTTP/1.0\r\n\r\n",
        ),
      ],
      [
        "<",
        latin1(
          "HTTP/1.1 301 Moved\r\nLocation: /d\r\nContent-Length: 999\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nabcde\r\nA\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\nanything until the connection closes\r\n",
        ),
      ],
    ],
    protocol: "http",
    attributes: {
      "http.method": ["HEAD", "POST", "GET"],
      "http.uri": ["/a", "/b", "/c"],
      "http.version": "1.1",
      "http.host": "2001:db8::1",
      "http.request-content-type": ["application/json"],
      "http.status": [301, 100, 200, 404],
      "http.location": ["/d"],
    },
  },
  {
    title: "only the answer was captured",
    transport: "tcp",
    exchange: [["<", ok]],
    protocol: "http",
    attributes: {
      "http.version": "1.1",
      "http.status": [200],
      "http.server": "demo",
      "http.content-type": ["text/html"],
    },
  },
  {
    title: "a request line that does not end within the packet is enough",
    transport: "tcp",
    exchange: [[">", latin1(`GET /${"a".repeat(600)}`)]],
    protocol: "http",
    decidedAfter: 1,
  },
  {
    title: "a line longer than any server takes",
    transport: "tcp",
    exchange: [[">", latin1(`GET /${"a".repeat(9_000)}`)]],
    protocol: "http",
    findings: ["http.line-too-long"],
  },
  {
    title: "Basic credentials are a finding, and only the user is kept (RFC 7617 §2)",
    transport: "tcp",
    exchange: [
      [">", latin1("GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n")],
    ],
    protocol: "http",
    attributes: {
      "http.method": ["GET"],
      "http.uri": ["/"],
      "http.version": "1.1",
      "http.host": "h",
      "http.user": "Aladdin",
    },
    findings: ["http.basic-credentials"],
  },
  {
    title: "two lengths, a blank in the target, a line without colon and no Host are findings",
    transport: "tcp",
    exchange: [
      [
        ">",
        latin1(
          "POST /a b HTTP/1.1\r\nno colon\r\n folded: line\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
      ],
    ],
    protocol: "http",
    attributes: { "http.method": ["POST"], "http.uri": ["/a b"], "http.version": "1.1" },
    findings: ["http.target-invalid", "http.field-invalid", "http.framing-ambiguous", "http.host-missing"],
  },
  {
    title: "what follows a message is no message",
    transport: "tcp",
    exchange: [[">", latin1("GET / HTTP/1.0\r\n\r\n\r\nnonsense\r\n")]],
    protocol: "http",
    attributes: { "http.method": ["GET"], "http.uri": ["/"], "http.version": "1.0" },
    findings: ["http.start-line-invalid"],
  },
  {
    title: "an answer whose beginning was not captured, and a whole one",
    transport: "tcp",
    exchange: [
      [">", latin1("GET / HTTP/1.0\r\n\r\n")],
      ["<", hex("deadbeef 00 0a")],
      ["<", latin1("HTTP/1.1 204 No Content\r\n\r\n")],
    ],
    protocol: "http",
    attributes: {
      "http.method": ["GET"],
      "http.uri": ["/"],
      "http.version": "1.0",
      "http.status": [204],
    },
  },
  {
    title: "programs are fetched, whole and in chunks",
    transport: "tcp",
    exchange: [
      [
        "<",
        latin1(
          "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\x7fELF\x02\x01HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nMZ\x90\0\x03\0\0\0\r\n4\r\nMZ\x90\0\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nMZ! HTTP/1.1 404 No\r\n\r\n",
        ),
      ],
    ],
    protocol: "http",
    attributes: { "http.version": "1.1", "http.status": [200, 404] },
    findings: ["http.executable"],
  },
  {
    title: "a chunk size that is no number",
    transport: "tcp",
    exchange: [["<", latin1("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")]],
    protocol: "http",
    attributes: { "http.version": "1.1", "http.status": [200] },
    findings: ["http.chunk-size-invalid"],
  },
  {
    title: "a Content-Length that is no number",
    transport: "tcp",
    exchange: [["<", latin1("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")]],
    protocol: "http",
    attributes: { "http.version": "1.1", "http.status": [200] },
    findings: ["http.length-invalid"],
  },
  {
    title: "a request line of another version or protocol is not HTTP/1",
    transport: "tcp",
    exchange: [[">", latin1("FETCH /index.html HTTQ/1.0\r\n\r\n")]],
    protocol: undefined,
  },
  {
    title: "a switch to WebSocket: RFC 6455 §1.3, with the frames of §5.7",
    transport: "tcp",
    exchange: [
      [
        ">",
        latin1(
          "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        ),
      ],
      [
        "<",
        latin1(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        ),
      ],
      [">", hex("81 85 37fa213d 7f9f4d5158")],
      ["<", concat(hex("89 05 48656c6c6f  88 02 03e8"))],
    ],
    protocol: "websocket",
    path: ["http", "websocket"],
    attributes: {
      "http.method": ["GET"],
      "http.uri": ["/chat"],
      "http.version": "1.1",
      "http.host": "server.example.com",
      "http.status": [101],
      "http.upgrade": "websocket",
      "websocket.opcode": [1, 9, 8],
      "websocket.close-code": 1000,
    },
  },
];

export const httpProxyExamples: readonly Example[] = [
  {
    title: "a whole URI is asked for",
    transport: "tcp",
    exchange: [
      [
        ">",
        latin1(
          "GET HTTP://www.example.com/x HTTP/1.1\r\nHost: www.example.com\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n",
        ),
      ],
      ["<", latin1("HTTP/1.1 204 No Content\r\n\r\n")],
    ],
    protocol: "http-proxy",
    attributes: {
      "http.method": ["GET"],
      "http.uri": ["HTTP://www.example.com/x"],
      "http.version": "1.1",
      "http.host": "www.example.com",
      "http.user": "user",
      "http.status": [204],
    },
    findings: ["http.basic-credentials"],
    decidedAfter: 1,
  },
  {
    title: "a tunnel is refused, and then made and used",
    transport: "tcp",
    exchange: [
      [">", latin1("CONNECT www.example.com:25 HTTP/1.1\r\nHost: www.example.com:25\r\n\r\n")],
      ["<", latin1("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno")],
      [">", latin1("CONNECT www.example.com:25 HTTP/1.1\r\nHost: www.example.com:25\r\n\r\n")],
      ["<", latin1("HTTP/1.1 200 Connection established\r\n\r\n")],
      ["<", latin1("SSH-2.0-demo_1.0\r\n")],
    ],
    protocol: "ssh",
    path: ["http-proxy", "ssh"],
    attributes: {
      "http.method": ["CONNECT"],
      "http.uri": ["www.example.com:25"],
      "http.version": "1.1",
      "http.host": "www.example.com",
      "http.status": [407, 200],
      "ssh.server-software": "demo_1.0",
      "ssh.version": "2.0",
    },
  },
  {
    title: "a tunnel of which only the client's half was captured",
    transport: "tcp",
    exchange: [
      [">", latin1("CONNECT www.example.com:22 HTTP/1.0\r\n\r\n")],
      [">", latin1("SSH-2.0-client\r\n")],
    ],
    protocol: "ssh",
    path: ["http-proxy", "ssh"],
    attributes: {
      "http.method": ["CONNECT"],
      "http.uri": ["www.example.com:22"],
      "http.version": "1.0",
      "http.host": "www.example.com",
      "ssh.client-software": "client",
      "ssh.version": "2.0",
    },
  },
];
