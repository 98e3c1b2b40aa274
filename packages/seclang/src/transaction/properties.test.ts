/** What holds for all octets, and from one transaction to the next. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Exchange, engineOf, exchange } from "./transaction.build.js";

const RULES = `SecResponseBodyAccess On
SecRule REQUEST_HEADERS:Content-Type "@contains xml" "id:1,phase:1,nolog,ctl:requestBodyProcessor=XML"
SecRule ARGS|ARGS_NAMES|REQUEST_COOKIES|XML:/*|XML://@*|FILES|MULTIPART_PART_HEADERS "@rx (?i)(s.?)e(l)?" "id:2,phase:2,capture,t:urlDecodeUni,t:htmlEntityDecode,t:jsDecode,t:lowercase,multiMatch,log,msg:'%{TX.0} %{TX.2}',logdata:'%{MATCHED_VAR_NAME} %{MATCHED_VAR}',setvar:'tx.n_%{TX.1}=+%{MATCHED_VAR}',ctl:ruleRemoveTargetById=3;ARGS:/a/"
SecRule REQUEST_URI|REQUEST_FILENAME|REQUEST_LINE|ARGS|FULL_REQUEST "!@within %{REQUEST_HEADERS.Host} x" "id:3,phase:2,t:utf8toUnicode,t:normalizePath,t:cssDecode,log,chain"
SecRule MATCHED_VARS|MATCHED_VARS_NAMES|TX "@streq %{MATCHED_VAR}" "t:hexEncode,t:hexDecode"
SecRule &TX|REMOTE_USER|REQBODY_ERROR_MSG|RESPONSE_BODY "@gt %{TX.n_se}" "id:4,phase:4,log,logdata:'%{REQUEST_BODY}%{TX}%{ARGS}'"
SecAction "id:5,phase:5,log,logdata:'%{HIGHEST_SEVERITY} %{FULL_REQUEST_LENGTH} %{ARGS_COMBINED_SIZE} %{REQUEST_BASENAME}'"`;

const octets = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  fc
    .array(
      fc.constantFrom(
        "sel",
        "%",
        "%73",
        "&",
        "=",
        "a",
        ";",
        "--b\r\n",
        "<a b='",
        "{",
        '"',
        "[",
        "//",
        "\0",
        "se",
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join("")),
);
const type = fc.constantFrom(
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=b",
  "application/json",
  "text/xml",
  "text/html",
  "",
);
const headers = fc
  .tuple(
    type,
    fc.array(
      fc.tuple(fc.oneof(octets, fc.constantFrom("Cookie", "Host", "Authorization", "Content-Type")), octets),
      { maxLength: 5 },
    ),
  )
  .map(([contentType, others]): [string, string][] => [["Content-Type", contentType], ...others]);
const exchanges: fc.Arbitrary<Exchange> = fc.record({
  method: octets,
  target: octets,
  headers,
  body: fc.array(octets, { maxLength: 4 }),
  responseHeaders: headers,
  responseBody: fc.array(octets, { maxLength: 2 }),
});

describe("a transaction, whatever the octets", () => {
  it("does not throw, and decides nothing where no rule does", () => {
    const engine = engineOf(RULES);
    fc.assert(
      fc.property(exchanges, (what) => {
        const { decided, hits } = exchange(engine, what);
        assert.ok(decided.every((each) => each === undefined));
        assert.match(hits.at(-1)!, /^5 \| 255 \d+ \d+ /);
      }),
      { numRuns: 300 },
    );
  });

  it("tells the same after other transactions as in an engine of its own", () => {
    const used = engineOf(RULES);
    fc.assert(
      fc.property(exchanges, exchanges, (before, what) => {
        exchange(used, before);
        assert.deepEqual(exchange(used, what).hits, exchange(engineOf(RULES), what).hits);
      }),
      { numRuns: 60 },
    );
  });

  it("tells the same beside another one that has begun", () => {
    const engine = engineOf(RULES);
    const what: Exchange = { target: "/?a=select&b=%73e" };
    const alone = exchange(engine, what).hits;
    const other = engine.begin("other");
    other.requestHeader(Buffer.from("Cookie"), Buffer.from("x=select"));
    assert.deepEqual(exchange(engine, what).hits, alone);
    other.finish();
    assert.deepEqual(exchange(engine, what).hits, alone);
  });
});
