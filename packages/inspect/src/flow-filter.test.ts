import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import fc from "fast-check";
import type { FlowRecord } from "./flow/flow-record.js";
import { compileFlowFilter, flowFilterFields, flowFilterTerms } from "./flow-filter.js";

const flow: FlowRecord = {
  shard: 0,
  firstPacket: 17,
  firstUs: 1_700_000_000_000_000,
  lastUs: 1_700_000_002_500_000,
  proto: 6,
  ipVersion: 4,
  src: "192.0.2.1",
  sport: 49_152,
  dst: "198.51.100.2",
  dport: 443,
  vlan: 5,
  path: "eth.vlan.ip.tcp.tls",
  appProto: "tls",
  app: "example-app",
  category: "web",
  confidence: "dpi",
  originator: { packets: 10, bytes: 2_000, payloadBytes: 1_000 },
  responder: { packets: 20, bytes: 30_000, payloadBytes: 29_000 },
  connState: "SF",
  history: "ShADadFf",
  communityId: "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
  tcp: {
    originatorFlags: "SFPA",
    responderFlags: "SPA",
    retransmissions: [1, 2],
    outOfOrder: [3, 4],
    missedBytes: [500, 600],
    rttUs: 24_320,
  },
  fragments: 2,
  end: "closed",
  attributes: {
    "tls.sni": "www.Example.com",
    "tls.alpn": ["h2", "http/1.1"],
    "tls.resumed": false,
    "tls.ech": true,
    "tls.version": 772,
  },
  findings: [
    { kind: "tls.obsolete", severity: "medium", title: "Obsolete", packet: 18, count: 1 },
    { kind: "tcp.overlap-conflict", severity: "high", title: "Conflict", packet: 19, count: 2 },
  ],
  steps: [],
};
/** A flow of which little is known. */
const bare: FlowRecord = {
  ...flow,
  proto: 17,
  ipVersion: 6,
  src: "2001:db8::1",
  dst: "2001:db8::2",
  vlan: undefined,
  appProto: undefined,
  app: undefined,
  category: undefined,
  communityId: undefined,
  tcp: undefined,
  fragments: 0,
  attributes: {},
  findings: [],
};

const matches = (text: string, one: FlowRecord = flow): boolean => compileFlowFilter(text)(one);

/** For every field: what holds of `flow`, and what does not. */
const fields: Readonly<Record<string, readonly [holds: string, fails: string]>> = {
  ts_first: ["ts_first == 2023-11-14T22:13:20Z", "ts_first > 2023-11-14T22:13:20"],
  ts_last: ["ts_last == 1700000002.5", "ts_last < 2023-11-14T22:13:22.5Z"],
  src: ["src == 192.0.2.1", "src == 198.51.100.2"],
  dst: ["dst == 198.51.100.0/24", "dst == 192.0.2.0/24"],
  host: ["host == 192.0.2.0/30", "host == 2001:db8::/32"],
  sport: ["sport > 49151", "sport == 443"],
  dport: ["dport == 443", "dport != 443"],
  port: ["port == 443", "port == 80"],
  proto: ["proto == tcp", "proto == udp"],
  ip_version: ["ip_version == 4", "ip_version == 6"],
  vlan: ["vlan == 5", "vlan == 6"],
  app_proto: ["app_proto == TLS", "app_proto == http"],
  app: ["app contains example", "app == example"],
  category: ["category == web", "category == mail"],
  confidence: ["confidence == dpi", "confidence == port"],
  path: ['path contains "ip.tcp"', "path == eth"],
  packets: ["packets == 30", "packets < 30"],
  bytes: ["bytes == 32k", "bytes > 32k"],
  orig_packets: ["orig_packets <= 10", "orig_packets > 10"],
  orig_bytes: ["orig_bytes == 2k", "orig_bytes != 2000"],
  resp_packets: ["resp_packets >= 20", "resp_packets < 20"],
  resp_bytes: ["resp_bytes == 0.03M", "resp_bytes > 1G"],
  duration: ["duration == 2.5", "duration < 2.5"],
  orig_payload_bytes: ["orig_payload_bytes == 1k", "orig_payload_bytes == 2k"],
  resp_payload_bytes: ["resp_payload_bytes == 29k", "resp_payload_bytes > 29k"],
  fragments: ["fragments > 0", "fragments == 0"],
  "tcp.orig_flags": ["tcp.orig_flags == SFPA", "orig_flags contains R"],
  "tcp.resp_flags": ["resp_flags == spa", "tcp.resp_flags == S"],
  "tcp.orig_retransmissions": ["tcp.orig_retransmissions == 1", "orig_retransmissions > 1"],
  "tcp.resp_retransmissions": ["tcp.resp_retransmissions == 2", "resp_retransmissions > 2"],
  "tcp.orig_out_of_order": ["tcp.orig_out_of_order == 3", "orig_out_of_order > 3"],
  "tcp.resp_out_of_order": ["tcp.resp_out_of_order == 4", "resp_out_of_order > 4"],
  "tcp.orig_missed_bytes": ["tcp.orig_missed_bytes == 500", "orig_missed_bytes > 500"],
  "tcp.resp_missed_bytes": ["tcp.resp_missed_bytes == 600", "resp_missed_bytes > 600"],
  "tcp.rtt_ms": ["tcp.rtt_ms == 24.32", "rtt_ms > 24.32"],
  conn_state: ["conn_state == SF", "conn_state == S0"],
  history: ["history == shadADff", "history contains r"],
  community_id: ['community_id == "1:LQU9qZlK+B5F3KDmev6m5PMibrg="', 'community_id == "1:"'],
  end: ["end == closed", "end == timeout"],
  finding: ["finding == tls.obsolete", "finding == tls.none"],
  severity: ["severity == high", "severity == low"],
  first_packet: ["first_packet == 17", "first_packet == 170"],
};

describe("a flow filter", () => {
  it("reads every field", () => {
    assert.deepEqual(Object.keys(fields).sort(), flowFilterFields.map(({ name }) => name).sort());
    for (const [name, [holds, fails]] of Object.entries(fields)) {
      assert.equal(matches(holds), true, `${name}: ${holds}`);
      assert.equal(matches(fails), false, `${name}: ${fails}`);
    }
  });

  it("compiles the example of every field", () => {
    for (const { name, example } of flowFilterFields) {
      assert.ok(
        flowFilterTerms(example).every(({ field }) => field === name),
        example,
      );
      assert.equal(typeof matches(example), "boolean", example);
    }
  });

  it("takes the joining words of other languages as well", () => {
    for (const [text, expected] of [
      ["dport == 443 && bytes > 10k", true],
      ["dport == 80 || sport == 49152", true],
      ["!(dport == 80||dport == 81)&&!vlan", false],
      ["!dport == 80", true],
      ["! !finding", true],
      ["http.uri == /a?b=1", false],
    ] as const) {
      if (text.includes("?b=1")) assert.throws(() => matches(text), /column 17: write == to compare/);
      else assert.equal(matches(text), expected, text);
    }
    const asked = { ...flow, attributes: { "http.uri": "/a&b|c" } };
    assert.equal(matches("http.uri == /a&b|c", asked), true);
  });

  it("takes a date and time in UTC for a time", () => {
    const at = (text: string) => matches(`ts_first == ${text}`, { ...flow, firstUs: 1_714_521_600_250_000 });
    for (const text of ["2024-05-01T00:00:00.25Z", "2024-05-01T00:00:00.250000", "1714521600.25"])
      assert.equal(at(text), true, text);
    assert.equal(at("2024-05-01"), false);
    assert.equal(matches("ts_first > 2024-05-01T00:00 and ts_first < 2024-05-02"), false);
  });

  it("reads attributes, of which one of several values is enough", () => {
    for (const [text, expected] of [
      ['tls.sni contains "example"', true],
      ["tls.sni == www.example.com", true],
      ["tls.sni == example.com", false],
      ["tls.alpn == h2", true],
      ["tls.alpn == http/1.1", true],
      ["tls.alpn == h3", false],
      ["tls.alpn != h2", false],
      ["tls.alpn != h3", true],
      ["tls.version >= 771", true],
      ["tls.version > 772", false],
      ["tls.ech == true", true],
      ["dns.query == example.com", false],
    ] as const) {
      assert.equal(matches(text), expected, text);
    }
  });

  it("asks with a name alone whether there is a value", () => {
    for (const [text, ofFlow, ofBare] of [
      ["finding", true, false],
      ["severity", true, false],
      ["tls.sni", true, false],
      ["tls.ech", true, false],
      ["tls.resumed", false, false],
      ["vlan", true, false],
      ["app", true, false],
      ["community_id", true, false],
      ["src", true, true],
    ] as const) {
      assert.equal(matches(text), ofFlow, text);
      assert.equal(matches(text, bare), ofBare, text);
    }
  });

  it("takes a missing value for unequal to all, and for neither less nor more", () => {
    assert.equal(matches("app_proto != tls", bare), true);
    assert.equal(matches("tls.version < 1000", bare), false);
    assert.equal(matches("tls.version > 0", bare), false);
    assert.equal(matches("vlan != 5", bare), true);
  });

  it("binds not before and, and before or, and brackets before all", () => {
    for (const [text, expected] of [
      ["dport == 443 or dport == 80 and dport == 80", true],
      ["(dport == 443 or dport == 80) and dport == 80", false],
      ["not dport == 80 and dport == 443", true],
      ["not (dport == 80 or dport == 443)", false],
      ["not not dport == 443", true],
      ["((((dport == 443))))", true],
      ["dport==443 and(bytes>10k)", true],
    ] as const) {
      assert.equal(matches(text), expected, text);
    }
  });

  it("takes quoted text as it stands", () => {
    const quoted = { ...flow, attributes: { "http.uri": '/a "b" \\ and' } };
    assert.equal(matches('http.uri == "/a \\"b\\" \\\\ and"', quoted), true);
    assert.equal(matches('http.uri contains "and"', quoted), true);
    assert.equal(matches('dport == "443"'), true);
  });

  it("finds IPv6 hosts however they are written", () => {
    assert.equal(matches("host == 2001:0db8:0:0::2", bare), true);
    assert.equal(matches("src == 2001:db8::/127", bare), true);
    assert.equal(matches("host contains db8::", bare), true);
    assert.equal(matches("host == 192.0.2.1", bare), false);
  });

  it("knows transports by name and number", () => {
    assert.equal(matches("proto == UDP", bare), true);
    assert.equal(matches("proto == 17", bare), true);
    assert.equal(matches("proto != udp", bare), false);
  });
});

describe("a filter that cannot be understood", () => {
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ["", 1, /the name of a field/],
    ["   ", 4, /the name of a field/],
    ["dport ==", 9, /a value after "=="/],
    ["dport == )", 10, /a value/],
    ["== 5", 1, /the name of a field/],
    ["bogus == 5", 1, /: there is no field "bogus"$/],
    ["sorc == 5", 1, /: there is no field "sorc": did you mean src\?$/],
    ["App_Proto == tls", 1, /did you mean app_proto\?/],
    ["rtt > 5 or rtt_m > 5", 1, /there is no field "rtt"/],
    ["dport in 443", 7, /: there is no operator "in": compare with each value/],
    ["tls.sni matches x", 9, /: there is no operator "matches": contains looks for a part/],
    ["dport eq 443", 7, /: there is no operator "eq": write ==$/],
    ["dport is-not 443", 7, /: there is no operator "is-not": there are ==, !=, <, <=, >, >= and contains/],
    ["dport == == 443", 10, /a value after "=="/],
    ["tls.sni == 'x'", 12, /double quotation marks/],
    ["bytes == many", 10, /a number after "==", such as 10, 2\.5k/],
    ["app_proto < 5", 11, /"==", "!=" or "contains" for app_proto, which is text/],
    ["end == closd", 8, /: end is never "closd": did you mean closed\?$/],
    ["severity == bad", 13, /: severity is never "bad": there are info, low,/],
    ["ts_first > yesterday", 12, /seconds since the epoch, or a time in UTC/],
    ["ts_first > 2024-13-01", 12, /seconds since the epoch, or a time in UTC/],
    ["dport == 443 sport == 1", 14, /expected "and", "or" or the end, not "sport"/],
    ["(dport == 443", 14, /"\)"/],
    ["dport == 443)", 13, /"and", "or" or the end/],
    ['tls.sni == "open', 12, /a quotation mark stands open/],
    ["dport = 443", 7, /: write == to compare$/],
    ["dport == 443 & sport", 14, /"and", "or" or the end, not "&" \(write and, or &&\)/],
    ["src == 300.1.2.3", 8, /an address or a prefix/],
    ["src < 10.0.0.1", 5, /"==", "!=" or "contains"/],
    ["proto == carrier-pigeon", 10, /a protocol number or one of icmp/],
    ["bytes > many", 9, /a number after ">"/],
    ["bytes > 10x", 9, /a number/],
    ["dport == 443 and", 17, /the name of a field/],
    ["not", 4, /the name of a field/],
    ['"dport" == 443', 1, /the name of a field/],
    [`${"(".repeat(100)}dport${")".repeat(100)}`, 65, /at most 64 expressions/],
    [`${"not ".repeat(100)}dport`, 257, /at most 64 expressions/],
    ["x".repeat(10_000), 1, /at most 8192 characters/],
  ];
  for (const [text, at, expected] of cases) {
    it(`is refused with the place and what was expected: ${text.length > 40 ? `${text.slice(0, 20)}…` : text || "nothing"}`, () => {
      assert.throws(
        () => compileFlowFilter(text),
        (error) => {
          assert.ok(error instanceof PalisadeError);
          assert.equal(error.code, "INSPECT_FILTER_INVALID");
          assert.match(error.message, new RegExp(`^filter, column ${at}: `));
          assert.match(error.message, expected);
          assert.ok(!error.message.includes("\n"));
          return true;
        },
      );
    });
  }

  it("never fails otherwise, and what compiles answers for any flow", () => {
    const words = fc.constantFrom(
      ...flowFilterFields.map(({ name }) => name),
      "tls.sni",
      "&&",
      "||",
      "2024-05-01T09:00Z",
      "a.b",
      "and",
      "or",
      "not",
      "(",
      ")",
      "==",
      "!=",
      "<",
      "<=",
      ">",
      ">=",
      "contains",
      '"',
      '"x"',
      "\\",
      "10k",
      "-1",
      "1e9",
      "192.0.2.0/24",
      "::/0",
      "tcp",
      "é",
      "\0",
      "__proto__",
      "constructor.name",
      "=",
      "!",
    );
    const texts = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.array(words, { maxLength: 20 }).map((parts) => parts.join(" ")),
      fc.array(words, { maxLength: 20 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const filter = compileFlowFilter(text);
          assert.equal(typeof filter(flow), "boolean");
          assert.equal(typeof filter(bare), "boolean");
        } catch (error) {
          assert.ok(error instanceof PalisadeError, String(error));
          assert.equal(error.code, "INSPECT_FILTER_INVALID");
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("the terms of a filter", () => {
  it("are its fields, with what they are compared with, and where", () => {
    const terms = flowFilterTerms('app_proto == tls and (tls.sni contains "a b" or not sorc) && rtt_ms > 1');
    assert.deepEqual(
      terms.map(({ field, column, operator, value, valueColumn }) => [
        field,
        column,
        operator,
        value,
        valueColumn,
      ]),
      [
        ["app_proto", 1, "==", "tls", 14],
        ["tls.sni", 23, "contains", "a b", 40],
        ["sorc", 53, undefined, undefined, undefined],
        ["tcp.rtt_ms", 62, ">", "1", 71],
      ],
    );
  });

  it("are not told of what is no filter", () => {
    assert.throws(() => flowFilterTerms("dport =="), { code: "INSPECT_FILTER_INVALID" });
  });
});
