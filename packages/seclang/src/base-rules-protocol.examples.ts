// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are what a server should not expand
/** Requests that bend the protocol, of scanners, and responses that tell too much: by the rule of rules/ that has to match them. */
import { form, header, multipart, post, type Sample } from "./base-rules.build.js";
import { FORM } from "./transaction/transaction.build.js";

/** Points that are missing to a refusal where a rule gives few. */
const HOST_ONLY: readonly (readonly [string, string])[] = [["Host", "www.example.com"]];
const ADDRESS: readonly (readonly [string, string])[] = [["Host", "192.0.2.80:8080"]];

export const protocol: Readonly<Record<number, readonly Sample[]>> = {
  450100: [
    { method: "TRACE" },
    { method: "CONNECT" },
    { method: "DEBUG" },
    { method: "ET" },
    { method: "PROPFIND" },
  ],
  450101: [
    header("Content-Length", "+5"),
    header("Content-Length", "0x10"),
    header("Content-Length", "5, 5"),
  ],
  450102: [
    {
      method: "POST",
      headers: [FORM, ["Content-Length", "3"], ["Transfer-Encoding", "chunked"]],
      body: ["a=b"],
    },
  ],
  450103: [
    { method: "POST", headers: [FORM, ["Transfer-Encoding", "gzip, chunked"]], body: ["a=b"] },
    { method: "POST", headers: [FORM, ["Transfer-Encoding", "xchunked"]], body: ["a=b"] },
  ],
  450105: [
    {
      method: "POST",
      headers: [
        ["Content-Type", "application/json"],
        ["Content-Type", "text/plain"],
      ],
      body: ["{}"],
    },
  ],
  450106: [
    { method: "POST", headers: [FORM, ["Content-Encoding", "gzip"]], body: ["\x1f\x8b"] },
    { method: "POST", headers: [FORM, ["Content-Encoding", "br"]], body: ["x"] },
  ],
  450107: [
    post("application/x-www-form-urlencoded; charset=ibm037", "a=b"),
    post("text/html; charset=UTF-7", "x"),
    post('application/json; charset="utf-16le"', "{}"),
    ...["csIBM037", "cp280", "x-unicode-2-0-utf-7", "X-EBCDIC-KoreanExtended", "hz-gb-2312", "\\utf-16"].map(
      (charset) => post(`application/x-www-form-urlencoded; charset=${charset}`, "a=b"),
    ),
  ],
  450117: [
    "application/x-www-form-urlencoded x",
    '"application/x-www-form-urlencoded"',
    "application/json, text/plain",
    "application/json/x",
    "multipart/form-data boundary=limit",
    "json",
    'text/plain; a="b',
  ].map((type) => post(type, "{}")),
  450118: [post("application/x-www-form-urlencoded; charset=utf-8; charset=utf-16", "a=b")],
  450119: ["base64", "quoted-printable", "x-uuencode"].map((coding) =>
    multipart(
      `--limit\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: ${coding}\r\n\r\nx\r\n--limit--\r\n`,
    ),
  ),
  450120: ["utf-16", "ibm037", "utf-8; charset=utf-16"].map((charset) =>
    multipart(
      `--limit\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=${charset}\r\n\r\nx\r\n--limit--\r\n`,
    ),
  ),
  450121: [form({ _charset_: "utf-7", a: "b" })],
  450108: [{ target: "/a?b=100%", bare: true, headers: [["User-Agent", "x"]] }],
  450109: [{ target: "/a?b=100%", headers: ADDRESS }],
  450110: [{ target: "/a?b=100%", bare: true, headers: HOST_ONLY }],
  450111: [header("Range", `bytes=${Array.from({ length: 12 }, (_, at) => `${at}-`).join(",")}`)],
  450112: [header("X-Name", "a\x01b"), header("X-Name", "a\x7fb"), header("X-Name", "a\rb")],
  450113: [
    { target: "/a.php%00.png" },
    { target: "/a?file=x%00.png" },
    form({ file: "x\0.png" }),
    post("application/json", '{"a":"x\\u0000y"}'),
  ],
  450114: [
    { target: "/a?file=%c0%ae%c0%aex" },
    { target: "/a?name=%c0%a7" },
    { target: "/a?name=%e0%80%afx" },
    { target: "/%c0%ae%c0%ae%c0%afx" },
  ],
  450115: [{ target: "/a?b=%ff&c=100%" }, { target: "/%fe?c=100%" }],
  450116: [
    { target: "/a?b=100%", headers: ADDRESS },
    { target: "/%zz", headers: ADDRESS },
  ],
  450901: [
    post("application/json", "{"),
    post("application/json", '{"a":1}}'),
    post("application/xml", "<a><b></a>"),
    multipart("--limit\r\nContent-Disposition: form-data\r\n\r\nx\r\n--limit--\r\n"),
    multipart("no boundary at all"),
    post("application/json", `${"[".repeat(200)}${"]".repeat(200)}`),
  ],
  450902: [
    multipart('--limit\nContent-Disposition: form-data; name="a"\n\nx\n--limit--\n'),
    multipart('x\r\n--limit\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--limit--\r\n'),
    multipart('--limit\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--limit--\r\nmore'),
    multipart('--limit\r\nContent-Disposition: form-data;\r\n name="a"\r\n\r\nx\r\n--limit--\r\n'),
    multipart("--limit\r\nContent-Disposition: form-data; name='a'\r\n\r\nx\r\n--limit--\r\n"),
  ],
  450903: [
    multipart('--limit\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--limitx\r\n--limit--\r\n'),
  ],
  450130: [{ target: `/a?${"n".repeat(600)}=1` }, form({ ["n".repeat(600)]: "1" })],
  450131: [{ target: `/a?b=${"v".repeat(9000)}` }],
  450132: [{ target: `/a?${"b=1&".repeat(300)}` }],
};

/** Only the transaction tells the version: there is one request line. */
export const versions: readonly string[] = ["HTTP/0.9", "HTTP/1.2", "HTTP/9.9", "HTP/1.1", "http/1.1"];

/** Rules that log nothing: what they set decides about these. */
export const setup: Readonly<Record<number, readonly Sample[]>> = {
  450010: [post("application/x-json", '{"a":"<script\\u003ealert(1)</script>"}')],
  450011: [post("application/x-xml", "<a><![CDATA[1' or ]]><![CDATA['1'='1]]></a>")],
  450013: [{ method: "POST", body: ["1 union select a,b from c"] }],
  450014: [
    post("text/plain", "1 union select a,b from c"),
    post("application/graphql", "{a(b:\"1' or '1'='1\")}"),
    post("application/yaml", "a: ${jndi:ldap://x}"),
    post("example/unheard-of", "1 union select a,b from c"),
    post("application/x-www-form-urlencoded-as-well", "a=1%27%20or%20%271%27%3D%271"),
    post("multipart/mixed; boundary=limit", "--limit\r\n\r\n1 union select a,b from c\r\n--limit--\r\n"),
  ],
};

export const scanners: Readonly<Record<number, readonly Sample[]>> = {
  450300: [
    header("User-Agent", "sqlmap/1.7.2#stable (https://sqlmap.org)"),
    header("User-Agent", "Mozilla/5.00 (Nikto/2.1.6)"),
    header("User-Agent", "Nuclei - Open-source project (github.com/projectdiscovery/nuclei)"),
    header("User-Agent", "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)"),
    header("User-Agent", "gobuster/3.6"),
    header("User-Agent", "masscan/1.3 (https://github.com/robertdavidgraham/masscan)"),
    header("User-Agent", "WPScan v3.8.24 (https://wpscan.com/wordpress-security-scanner)"),
    header("User-Agent", "feroxbuster/2.10.0"),
  ],
  450301: [
    header("User-Agent", "Fuzz Faster U Fool v2.1.0"),
    header("User-Agent", "httpx - Open-source project (github.com/projectdiscovery/httpx)"),
  ],
  450302: [
    "http://cq1k2l3m4n5o6p7q.oast.pro/x",
    header("X-Forwarded-Host", "cq1k2l3m4n5o6p7q8r9s.oast.fun"),
    header("Referer", "http://abcdefgh12345678.oastify.com/"),
    { target: "/abcdefgh12345678.burpcollaborator.net" },
  ],
  450303: [
    { target: "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php" },
    { target: "/boaform/admin/formLogin" },
    { target: "/HNAP1/" },
    { target: "/actuator/heapdump" },
    { target: "/_ignition/execute-solution" },
    { target: "/debug//pprof/" },
    { target: "/nmaplowercheck1700000000" },
  ],
};

const HTML: readonly (readonly [string, string])[] = [["Content-Type", "text/html; charset=utf-8"]];
const page = (text: string): Sample => ({ responseHeaders: HTML, responseBody: [text] });

export const leaks: Readonly<Record<number, readonly Sample[]>> = {
  450400: [
    page("<p>You have an error in your SQL syntax; check the manual</p>"),
    page("ORA-00933: SQL command not properly ended"),
    page("SQLSTATE[42000]: Syntax error"),
    page("Unclosed quotation mark after the character string 'x'."),
  ],
  450401: [
    page("Traceback (most recent call last):\n  File x"),
    page("java.lang.NullPointerException\n\tat com.example.A.b(A.java:12)\n"),
    page("<b>Fatal error</b>:  Uncaught Error in /srv/a.php on line <b>3</b>"),
    page("Error: x\n    at Object.<anonymous> (/srv/app/index.js:3:9)\n"),
    page("<h1>Server Error in '/' Application.</h1>"),
    page("goroutine 1 [running]:\nmain.main()"),
  ],
  450402: [
    page("<html><head><title>Index of /backup</title>"),
    page("<title>Directory listing for /</title>"),
  ],
  450403: [
    page("<?php\n$password = 'x';"),
    page("-----BEGIN RSA PRIVATE KEY-----\nMIIE"),
    page("root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:"),
  ],
};
