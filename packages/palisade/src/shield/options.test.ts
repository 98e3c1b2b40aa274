import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseShieldOptions } from "./options.js";

const TO = ["--upstream", "http://127.0.0.1:3000"];
const AT = ["--listen", "127.0.0.1:8080"];

describe("the words after palisade shield", () => {
  it("say where requests come, where they go, and by which rules they are tested", () => {
    const options = parseShieldOptions([
      ...AT,
      "-l",
      "[::1]:0",
      "-u",
      "http://[::1]:3000/",
      "-r",
      "a.conf",
      "b.conf",
      "-a",
      "audit",
      "--rules",
      "c.conf",
      "--trust-forwarded",
      "10.0.0.0/8,::1",
    ]);
    assert.deepEqual(options.listen, [
      { host: "127.0.0.1", port: 8080 },
      { host: "::1", port: 0 },
    ]);
    assert.deepEqual(options.upstream, { host: "::1", port: 3000 });
    assert.deepEqual(options.rules, ["a.conf", "b.conf", "c.conf"]);
    assert.equal(options.auditLog, "audit");
    assert.deepEqual(options.trustForwarded, ["10.0.0.0/8", "::1"]);
    assert.equal(parseShieldOptions([...AT, "-u", "http://b", "--no-rules"]).upstream.port, 80);
  });

  it("tell the base rules, which are meant where none are named, from no rules", () => {
    assert.deepEqual(parseShieldOptions([...AT, ...TO]).rules, []);
    assert.equal(parseShieldOptions([...AT, ...TO, "--no-rules"]).rules, undefined);
  });

  for (const [words, message] of [
    [[], "--listen is missing: say where requests come; `palisade shield --help` shows examples"],
    [AT, "--upstream is missing: say where requests go; `palisade shield --help` shows examples"],
    [[...AT, ...TO, "--no-rules", "-r", "a"], "--rules and --no-rules: choose one"],
    [
      [...AT, ...TO, "--no-rules", "a"],
      "a: what is it? Rule files follow --rules; `palisade shield --help` shows examples",
    ],
    [
      ["-l", "8080", ...TO, "--no-rules"],
      "--listen 8080: give an address and a port, such as 127.0.0.1:8080 or [::1]:8080",
    ],
    [
      ["-l", "a:70000", ...TO, "--no-rules"],
      "--listen a:70000: give an address and a port, such as 127.0.0.1:8080 or [::1]:8080",
    ],
    [
      [...AT, "-u", "https://a", "--no-rules"],
      "--upstream https://a: TLS to the upstream is not there yet; give http://HOST:PORT, such as http://127.0.0.1:3000",
    ],
    [
      [...AT, "-u", "http://a/b", "--no-rules"],
      "--upstream http://a/b: paths are forwarded as they come; give http://HOST:PORT, such as http://127.0.0.1:3000",
    ],
    [
      ["-l", "127.0.0.1:8080", "-u", "http://127.0.0.1:8080", "--no-rules"],
      "--upstream http://127.0.0.1:8080: requests come there; name the server that is to have them",
    ],
    [
      ["-l", "a:1", "-l", "[::]:8080", "-u", "http://localhost:8080", "--no-rules"],
      "--upstream http://localhost:8080: requests come there; name the server that is to have them",
    ],
    [[...AT, "-u", "a", "--no-rules"], "--upstream a: give http://HOST:PORT, such as http://127.0.0.1:3000"],
    [
      [...AT, ...TO, "--no-rules", "--trust-forwarded", "b.example"],
      "b.example: give an address or a prefix, such as 10.0.0.0/8",
    ],
    [
      [...AT, ...TO, "--no-rules", "--audit-lgo", "a"],
      "Unknown option '--audit-lgo': did you mean --audit-log?",
    ],
  ] as const)
    it(`that are ${JSON.stringify(words.join(" "))} are refused in one line`, () => {
      assert.throws(() => parseShieldOptions(words), { code: "USAGE", message });
    });
});
