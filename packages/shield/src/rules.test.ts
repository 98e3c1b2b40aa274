import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  auditOf,
  eventually,
  httpUpstream,
  RawClient,
  rawUpstream,
  roundTrip,
  rulesOf,
  shieldFor,
} from "./bed.build.js";

const status = (text: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
const getOf = (target: string, fields = "Connection: close\r\n") =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
const postOf = (body: string, fields = "Connection: close\r\n") =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;

const RULES = `
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain
SecRule REQUEST_URI "@contains /head" "id:1,phase:1,deny,status:403,msg:'one'"
SecRule ARGS "@contains evil" "id:2,phase:2,deny,status:406,msg:'two'"
SecRule RESPONSE_HEADERS:X-Leak "@unconditionalMatch" "id:3,phase:3,deny,status:502"
SecRule RESPONSE_BODY "@contains secret" "id:4,phase:4,deny,status:500"
SecRule REQUEST_URI "@contains /away" "id:5,phase:1,redirect:'http://b/%{ARGS.to}',status:302"
SecRule REQUEST_URI "@contains /drop" "id:6,phase:1,drop"
SecRule REQUEST_LINE "@contains GET" "id:7,phase:5,pass,log,msg:'seen'"
`;

describe("a proxy with rules", () => {
  it("asks them about the host that is forwarded, whatever stands beside a target that has another", async (test) => {
    const hosts: (string | undefined)[] = [];
    const upstream = await httpUpstream(test, (request, response) => {
      hosts.push(request.headers.host);
      response.end();
    });
    const { rules } = rulesOf(
      test,
      'SecRule REQUEST_HEADERS:Host "@streq excluded" "id:1,phase:1,pass,nolog,ctl:ruleEngine=Off"\nSecRule ARGS "@contains evil" "id:2,phase:2,deny,status:406"\n',
    );
    const { port } = await shieldFor(test, upstream, { rules });
    const from = (target: string, host: string) =>
      roundTrip(test, port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    assert.equal(status(await from("http://site/?a=evil", "excluded")), 406);
    assert.equal(status(await from("http://excluded/?a=evil", "site")), 200);
    assert.equal(status(await from("/?a=evil", "excluded")), 200);
    assert.deepEqual(hosts, ["excluded", "excluded"]);
  });

  it("lets through what no rule forbids, with all of its body", async (test) => {
    const seen: string[] = [];
    const upstream = await httpUpstream(test, (request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        seen.push(`${request.headers["content-length"]} ${body}`);
        response.end("ok");
      });
    });
    const { port } = await shieldFor(test, upstream, { rules: rulesOf(test, RULES).rules });
    const body = `a=${"b".repeat(300_000)}`;
    assert.equal(status(await roundTrip(test, port, postOf(body))), 200);
    // What was held goes on with a length, whatever it came with.
    const fields = "Connection: close\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n";
    const chunked = `POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`;
    assert.equal(status(await roundTrip(test, port, chunked)), 200);
    assert.deepEqual(seen, [`300002 ${body}`, "5 abcde"]);
  });

  it("blocks in the first two phases, and the upstream sees nothing", async (test) => {
    let requests = 0;
    const upstream = await httpUpstream(test, (_request, response) => {
      requests += 1;
      response.end();
    });
    const { port, shield } = await shieldFor(test, upstream, { rules: rulesOf(test, RULES).rules });
    const blocked = await roundTrip(test, port, getOf("/head"));
    assert.equal(status(blocked), 403);
    assert.match(blocked, /Content-Type: text\/html[\s\S]*Request [\w-]{20}</);
    assert.equal(status(await roundTrip(test, port, getOf("/?a=evil"))), 406);
    assert.equal(status(await roundTrip(test, port, postOf("a=evil"))), 406);
    assert.equal(
      status(await roundTrip(test, port, `HEAD /head HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)),
      403,
    );
    assert.equal(requests, 0);
    assert.equal(shield.upstreamConnections, 0);
    assert.equal(shield.counters.blocked, 4);
  });

  it("goes on with a connection after a block, where no body is left", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => response.end("ok"));
    const { port } = await shieldFor(test, upstream, { rules: rulesOf(test, RULES).rules });
    const text = await roundTrip(test, port, `${getOf("/head", "")}${postOf("a=evil", "")}${getOf("/")}`);
    assert.deepEqual(
      [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => code),
      ["403", "406", "200"],
    );
  });

  it("answers before a body that nobody will read, and closes", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => response.end("ok"));
    const { port } = await shieldFor(test, upstream, { rules: rulesOf(test, RULES).rules });
    const text = await roundTrip(
      test,
      port,
      "POST /head HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n",
    );
    assert.equal(status(text), 403);
    assert.match(text, /Connection: close/);
  });

  it("blocks responses, and the client sees nothing of them", async (test) => {
    const upstream = await httpUpstream(test, (request, response) => {
      response.setHeader("Content-Type", "text/plain");
      if (request.url === "/leak") response.setHeader("X-Leak", "1");
      response.write("begin ");
      response.end(request.url === "/body" ? "secret" : "end");
    });
    const { port } = await shieldFor(test, upstream, { rules: rulesOf(test, RULES).rules });
    for (const [target, code] of [
      ["/leak", 502],
      ["/body", 500],
    ] as const) {
      const text = await roundTrip(test, port, getOf(target));
      assert.equal(status(text), code);
      assert.doesNotMatch(text, /begin|secret|X-Leak/);
    }
    assert.match(await roundTrip(test, port, getOf("/")), /begin [\s\S]*end/);
  });

  it("gives out a longer response than rules read, where the limit says so", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => {
      response.setHeader("Content-Type", "text/plain");
      response.end(`${"x".repeat(200_000)} secret`);
    });
    const partial = `${RULES}\nSecResponseBodyLimit 1000\nSecResponseBodyLimitAction ProcessPartial\n`;
    const { port } = await shieldFor(test, upstream, { rules: rulesOf(test, partial).rules });
    assert.match(await roundTrip(test, port, getOf("/")), /x secret$/);
    const rejects = `${RULES}\nSecResponseBodyLimit 1000\n`;
    const strict = await shieldFor(test, upstream, { rules: rulesOf(test, rejects).rules });
    assert.equal(status(await roundTrip(test, strict.port, getOf("/"))), 500);
  });

  it("forwards a longer request than rules read, or refuses it: 413", async (test) => {
    let bytes = 0;
    const upstream = await httpUpstream(test, (request, response) => {
      bytes = 0;
      request.on("data", (chunk) => {
        bytes += chunk.length;
      });
      request.on("end", () => response.end());
    });
    const limit = `${RULES}\nSecRequestBodyLimit 1000\n`;
    const strict = await shieldFor(test, upstream, { rules: rulesOf(test, limit).rules });
    assert.equal(status(await roundTrip(test, strict.port, postOf(`a=${"x".repeat(100_000)}`))), 413);
    const partial = await shieldFor(test, upstream, {
      rules: rulesOf(test, `${limit}SecRequestBodyLimitAction ProcessPartial\n`).rules,
    });
    assert.equal(status(await roundTrip(test, partial.port, postOf(`a=${"x".repeat(100_000)}`))), 200);
    assert.equal(bytes, 100_002);
    assert.equal(status(await roundTrip(test, partial.port, postOf(`a=evil${"x".repeat(100_000)}`))), 406);
  });

  it("holds bodies as long as rules read them where a rule has set another limit", async (test) => {
    let requests = 0;
    const upstream = await rawUpstream(test, (socket) => {
      socket.on("data", async () => {
        requests += 1;
        socket.write(
          `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5006\r\n\r\n${"x".repeat(2_000)}`,
        );
        await new Promise((resolve) => setTimeout(resolve, 50));
        socket.write(`${"x".repeat(3_000)}secret`);
      });
    });
    const limits = `${RULES}
SecRequestBodyLimit 1000
SecResponseBodyLimit 1000
SecResponseBodyLimitAction ProcessPartial
SecAction "id:10,phase:1,pass,nolog,ctl:requestBodyLimit=10000"
SecAction "id:11,phase:3,pass,nolog,ctl:responseBodyLimit=10000"`;
    const { port, shield } = await shieldFor(test, upstream, { rules: rulesOf(test, limits).rules });
    const request = postOf(`b=${"x".repeat(5_000)}&a=evil`);
    const client = new RawClient(test, port).write(request.slice(0, 2_000));
    await eventually(() => shield.heldBytes > 1_000, "more than the setting's limit is held");
    client.write(request.slice(2_000));
    assert.equal(status(await client.end()), 406);
    assert.equal(requests, 0);
    assert.equal(status(await roundTrip(test, port, getOf("/"))), 500);
  });

  it("holds as much of a response's body as rules read, whatever its head and its chunks add", async (test) => {
    const upstream = await rawUpstream(test, (socket) => {
      socket.on("data", async () => {
        const begin = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Long: ${"y".repeat(900)}\r\n`;
        socket.write(`${begin}Transfer-Encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(500)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        socket.write("6\r\nsecret\r\n0\r\n\r\n");
      });
    });
    const limit = `${RULES}\nSecResponseBodyLimit 1000\nSecResponseBodyLimitAction ProcessPartial\n`;
    const { port } = await shieldFor(test, upstream, { rules: rulesOf(test, limit).rules });
    const text = await roundTrip(test, port, getOf("/"));
    assert.equal(status(text), 500);
    assert.doesNotMatch(text, /secret/);
  });

  it("redirects, with nothing in Location that ends its line, and drops", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => response.end());
    const { port } = await shieldFor(test, upstream, { rules: rulesOf(test, RULES).rules });
    const text = await roundTrip(test, port, getOf("/away?to=x%0d%0aSet-Cookie:%20a"));
    assert.equal(status(text), 302);
    assert.match(text, /\r\nLocation: http:\/\/b\/x%0D%0ASet-Cookie:%20a\r\n/);
    assert.equal(await roundTrip(test, port, getOf("/drop")), "");
  });

  it("drops what an upstream has answered, and the record has no response", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => {
      response.setHeader("Content-Type", "text/plain").end("secret");
    });
    const dropping = `${RULES}\nSecRule RESPONSE_BODY "@contains secret" "id:8,phase:4,drop"\nSecRuleRemoveById 4\nSecAuditEngine On`;
    const { audit, records } = auditOf(test);
    const { port } = await shieldFor(test, upstream, { rules: rulesOf(test, dropping).rules, audit });
    assert.equal(await roundTrip(test, port, getOf("/")), "");
    assert.equal(records()[0]!.response, null);
  });

  it("neither asks about nor forwards what came behind a request that is dropped", async (test) => {
    const seen: (string | undefined)[] = [];
    const upstream = await httpUpstream(test, (request, response) => {
      seen.push(request.url);
      response.end();
    });
    const { audit, records } = auditOf(test);
    const rules = `${RULES}SecRule ARGS "@contains bad" "id:8,phase:2,drop"\n`;
    const { port, shield } = await shieldFor(test, upstream, { rules: rulesOf(test, rules).rules, audit });
    // A connection to the upstream is kept, so that what follows would go there at once.
    assert.equal(status(await roundTrip(test, port, getOf("/first"))), 200);
    for (const dropped of [getOf("/drop", ""), postOf("a=bad", ""), getOf("/?a=bad", "")])
      assert.equal(await roundTrip(test, port, `${dropped}${getOf("/behind")}`), "");
    await eventually(() => shield.connections === 0, "all connections are closed");
    assert.deepEqual(seen, ["/first"]);
    assert.deepEqual(
      records().map(({ request }) => request!.target),
      ["/first", "/drop", "/", "/?a=bad"],
    );
    assert.equal(shield.counters.requests, 4);
  });

  it("only watches where the engine only detects", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => response.end("ok"));
    const { audit, records } = auditOf(test);
    const { rules } = rulesOf(test, `SecRuleEngine DetectionOnly\n${RULES}`);
    const { port } = await shieldFor(test, upstream, { rules, audit });
    assert.equal(status(await roundTrip(test, port, getOf("/head"))), 200);
    assert.deepEqual(
      records()[0]!.rules.map(({ id }) => id),
      [1, 7],
    );
  });

  it("takes a client's address from proxies that are trusted, and from nobody else", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => response.end("ok"));
    const { rules } = rulesOf(
      test,
      `SecRule REMOTE_ADDR "@ipMatch 192.0.2.1" "id:1,phase:1,deny,status:403"`,
    );
    const field = "X-Forwarded-For: 192.0.2.7, 192.0.2.1, 10.1.1.1\r\nConnection: close\r\n";
    const open = await shieldFor(test, upstream, { rules });
    assert.equal(status(await roundTrip(test, open.port, getOf("/", field))), 200);
    const behind = await shieldFor(test, upstream, { rules, trustForwarded: ["127.0.0.1", "10.0.0.0/8"] });
    assert.equal(status(await roundTrip(test, behind.port, getOf("/", field))), 403);
  });
});

describe("the audit log of a proxy", () => {
  it("has a line for each transaction, in the order in which they end", async (test) => {
    let endSlowOne: (() => void) | undefined;
    const upstream = await httpUpstream(test, (request, response) => {
      const answer = (): void => void response.end(`body of ${request.url}`);
      if (request.url === "/slow") endSlowOne = answer;
      else answer();
    });
    const { audit, records } = auditOf(test);
    const { rules } = rulesOf(test, `${RULES}\nSecAuditLogParts ABCEFHZ\n`);
    const { port } = await shieldFor(test, upstream, { rules, audit });
    const slow = roundTrip(test, port, getOf("/slow"));
    await eventually(() => endSlowOne !== undefined, "the slow request is with the upstream");
    const sinceMs = performance.now();
    await roundTrip(test, port, getOf("/one", "X-CRS-Test: mark\r\nConnection: close\r\n"));
    await roundTrip(test, port, postOf("a=b\\c"));
    await roundTrip(test, port, getOf("/head?\\xff"));
    const waitedMs = performance.now() - sinceMs;
    endSlowOne!();
    await slow;
    const all = records();
    assert.deepEqual(
      all.map(({ request }) => request?.target),
      ["/one", "/", "/head?\\\\xff", "/slow"],
    );
    assert.deepEqual(
      all.map(({ marker }) => marker),
      ["mark", null, null, null],
    );
    assert.deepEqual(
      all.map(({ response }) => response?.from),
      ["upstream", "upstream", "shield", "upstream"],
    );
    assert.equal(all[0]!.response?.body, "body of /one");
    assert.equal(all[1]!.request?.body, "a=b\\\\c");
    assert.deepEqual(all[2]!.action, { action: "deny", status: 403, rule: 1 });
    assert.equal(all[0]!.action, null);
    assert.ok(all[3]!.milliseconds >= Math.floor(waitedMs), `${all[3]!.milliseconds} of ${waitedMs}`);
  });

  it("has the head of a response whose body comes later", async (test) => {
    const head = "HTTP/1.0 200 Fine\r\nX-Head: one\r\nContent-Length: 9\r\n\r\n";
    let body: () => void = () => {};
    const upstream = await rawUpstream(test, (socket) => {
      socket.on("data", () => socket.write(head));
      body = () => socket.end("the body!");
    });
    const { audit, records } = auditOf(test);
    const { port } = await shieldFor(test, upstream, { audit });
    const client = new RawClient(test, port).write(getOf("/", "Connection: close\r\n"));
    await client.until((text) => text.includes("X-Head"));
    body();
    assert.match(await client.end(), /the body!$/);
    const { response } = records()[0]!;
    assert.equal(response?.protocol, "HTTP/1.0");
    assert.deepEqual(response?.headers?.[0], ["X-Head", "one"]);
  });

  it("has what was refused before there was a request, with what rules said of it", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => response.end());
    const { audit, records } = auditOf(test);
    const { rules } = rulesOf(test, `SecRule REQUEST_HEADERS:X "@rx ." "id:1,phase:1,pass,log"`);
    const { port } = await shieldFor(test, upstream, { rules, audit });
    assert.equal(status(await roundTrip(test, port, "GET / HTTP/1.1\r\nX: y\r\nHost : a\r\n\r\n")), 400);
    assert.equal(status(await roundTrip(test, port, "\x16\x03\x01")), 400);
    const [first, second] = records();
    assert.deepEqual(
      first!.rules.map(({ id }) => id),
      [1],
    );
    assert.deepEqual(first!.errors, ["http.field-space-before-colon"]);
    assert.deepEqual(first!.action, { action: "deny", status: 400, rule: null });
    assert.equal(second!.request, null);
    assert.deepEqual(second!.errors, ["http.not-http"]);
  });

  it("has what a client left, and what an upstream did wrong", async (test) => {
    let asked = 0;
    const upstream = await rawUpstream(test, (socket) => {
      socket.on("data", (chunk) => {
        asked += 1;
        if (chunk.includes("/wrong")) socket.end("nonsense\r\n\r\n");
      });
    });
    const { audit, records } = auditOf(test);
    const { port, shield } = await shieldFor(test, upstream, { audit });
    const client = new RawClient(test, port).write(getOf("/left"));
    await eventually(() => asked === 1, "the upstream is asked");
    client.socket.resetAndDestroy();
    await eventually(() => shield.connections === 0, "the client is gone");
    assert.equal(shield.upstreamConnections, 0);
    assert.equal(status(await roundTrip(test, port, getOf("/wrong"))), 502);
    const [left, wrong] = records();
    assert.equal(left!.response, null);
    assert.deepEqual(left!.errors, ["the client went away"]);
    assert.equal(wrong!.response?.status, 502);
    assert.deepEqual(wrong!.errors, ["the upstream's response is refused: http.status-line-invalid"]);
  });
});

describe("rules that are loaded again", () => {
  it("hold for requests from then on, while others end on the old ones", async (test) => {
    const upstream = await httpUpstream(test, (request, response) => {
      request.resume().on("end", () => response.end("ok"));
    });
    const { rules, file } = rulesOf(
      test,
      `SecRule REQUEST_URI "@contains old" "id:1,phase:2,deny,status:403"`,
    );
    const { port, shield } = await shieldFor(test, upstream, { rules });
    const early = new RawClient(test, port);
    early.write(
      "POST /old HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n1",
    );
    await eventually(() => shield.heldBytes === 1, "the request has begun");
    writeFileSync(file, `SecRule REQUEST_URI "@contains new" "id:1,phase:2,deny,status:403"`);
    await rules.reload();
    assert.equal(status(await roundTrip(test, port, getOf("/old"))), 200);
    assert.equal(status(await roundTrip(test, port, getOf("/new"))), 403);
    early.write("2");
    assert.equal(status(await early.end()), 403);
  });

  it("stay as they were where a file has an error, which has its place", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => response.end("ok"));
    const { rules, file } = rulesOf(
      test,
      `SecRule REQUEST_URI "@contains old" "id:1,phase:1,deny,status:403"`,
    );
    const { port } = await shieldFor(test, upstream, { rules });
    writeFileSync(file, `\nSecRule REQUEST_URI "@rx (" "id:1"\n`);
    await assert.rejects(rules.reload(), { message: new RegExp(`^${file}:2:\\d+: `) });
    assert.equal(status(await roundTrip(test, port, getOf("/old"))), 403);
  });

  it("lose no request under load", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => response.end("ok"));
    const { rules } = rulesOf(test, `SecRule ARGS "@contains evil" "id:1,phase:2,deny,status:403"`);
    const { port } = await shieldFor(test, upstream, { rules });
    let reloads = 0;
    let isOver = false;
    const reloading = (async () => {
      for (; !isOver; reloads += 1) await rules.reload();
    })();
    const clients = Array.from({ length: 8 }, async () => {
      const text = await roundTrip(test, port, `${getOf("/?a=b", "").repeat(100)}${getOf("/?a=evil")}`);
      return [text.split("\r\n\r\nok").length - 1, text.split("HTTP/1.1 403").length - 1];
    });
    for (const counts of await Promise.all(clients)) assert.deepEqual(counts, [100, 1]);
    isOver = true;
    await reloading;
    assert.ok(reloads > 3, `${reloads} reloads`);
  });
});
