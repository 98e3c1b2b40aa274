import { Bench } from "tinybench";
import { compilePattern } from "./pattern.js";
import { octetsOf } from "./reference.build.js";

/** Typical patterns over typical text, ours over octets and JavaScript's over a string that is there already. */
export const patternBench = new Bench({ name: "patterns, ours and RegExp's", time: 200 });

const banner = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n";
const head = `HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\nContent-Type: text/html\r\n${"X-Filler: abcdefghijklmnopqrstuvwxyz\r\n".repeat(20)}Server: nginx/1.22.1\r\n\r\n`;
const body = "user=alice&comment=the quick brown fox jumps over the lazy dog; order by post&id=17 ".repeat(
  12,
);
const cases: readonly (readonly [name: string, source: string, flags: string, subject: string])[] = [
  ["a banner, captured", "^SSH-([\\d.]+)-OpenSSH[_-]([\\w.]+)", "", banner],
  ["a banner that is another's", "^220[ -]([\\w.-]+) ESMTP Postfix", "", banner],
  ["a header far in, captured", "\\r\\nServer: nginx/([\\d.]+)\\r\\n", "i", head],
  ["no match, in words", "\\b(?:union\\s+select|insert\\s+into|drop\\s+table)\\b", "i", body],
  ["no match, a class first", "[\"'`]\\s*(?:or|and)\\s*[\"'`]?\\d", "i", body],
  ["no match, much to go back", "(?:\\w+\\s?)+=\\s*\\d+;$", "", body.slice(0, 30)],
];

for (const [name, source, flags, subject] of cases) {
  const ours = compilePattern(source, flags);
  const theirs = new RegExp(source, flags);
  const octets = octetsOf(subject);
  const captures = name.endsWith("captured");
  patternBench
    .add(`${name}: ours`, () => {
      if (captures) ours.exec(octets);
      else ours.test(octets);
    })
    .add(`${name}: RegExp`, () => {
      if (captures) theirs.exec(subject);
      else theirs.test(subject);
    });
}
