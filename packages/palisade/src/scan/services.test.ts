/**
 * Services that are asked what they are, beside nmap, in a bed of real daemons with a network of its own: what nmap finds out
 * is the least that is wanted.
 */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, describe, it } from "node:test";
import { run } from "../command.build.js";
import {
  Bed,
  bedMissing,
  CERTIFICATE,
  CERTIFIED,
  type Daemon,
  findProgram,
  TITLE,
} from "./services-bed.build.js";
import { answerOf, byNmap, byPalisade, portName, type Service } from "./services-bed-answers.build.js";
import { daemons, hostKeyFingerprints } from "./services-bed-daemons.build.js";
import { faults } from "./services-bed-judge.build.js";

const skip =
  bedMissing() ||
  (run("nmap", ["--version"]).status !== 0 && "nmap is not here, which answers are compared with");
/** Where a daemon is missing, this fails rather than skips: `.ci/run` installs all. */
const { CI } = process.env;
const isComplete = CI !== undefined && CI !== "";

const programs = new Map<Daemon, string>();
for (const daemon of daemons) {
  const program = skip === false ? findProgram(daemon.program, daemon.package) : undefined;
  if (program !== undefined) programs.set(daemon, program);
}

const missing = (daemon: Daemon): string | false =>
  skip !== false || programs.has(daemon) || isComplete ? false : `the package ${daemon.package} is not here`;

describe("services beside nmap", { skip }, async () => {
  if (skip !== false) return;
  const bed = await Bed.make();
  after(() => bed.close());
  const broken = await bed.serve(programs);
  const ports = [...programs.keys()].filter((one) => !broken.has(one)).flatMap((one) => one.ports);
  const ours = byPalisade(bed, ports);
  const theirs = byNmap(bed, ports);
  const of = (name: string, port: number): Service => {
    const daemon = daemons.find((one) => one.name === name);
    const found = ours.get(portName(daemon!.ports.find((one) => one.port === port)!));
    assert.ok(found !== undefined, `${name} has no answer on port ${port}`);
    return found;
  };
  const missingOf = (name: string): string | false => missing(daemons.find((one) => one.name === name)!);
  const certificate = new X509Certificate(bed.read(CERTIFICATE));

  for (const daemon of daemons) {
    it(`says as much of ${daemon.name} as nmap does`, { skip: missing(daemon) }, () => {
      assert.ok(programs.has(daemon), `the package ${daemon.package} is not here, and is to be`);
      assert.equal(broken.get(daemon), undefined);
      const wrong = daemon.ports.flatMap((port) => {
        const name = portName(port);
        const service = ours.get(name);
        const found = faults(daemon, service && answerOf(service), theirs.get(name));
        return found.map((fault) => `${name}: ${fault}`);
      });
      assert.deepEqual(wrong, []);
    });
  }

  for (const [name, port, tunnelled] of [
    ["nginx", 443, true],
    ["OpenLDAP", 636, true],
    ["Postfix", 465, true],
    ["Dovecot", 993, true],
    ["Dovecot", 995, true],
    ["vsftpd", 21, false],
    ["Exim", 25, false],
    ["Postfix", 25, false],
    ["Postfix", 587, false],
    ["Dovecot", 143, false],
    ["Dovecot", 110, false],
    ["OpenLDAP", 389, false],
    ["MariaDB", 3306, false],
    ["PostgreSQL", 5432, false],
  ] as const) {
    const how = tunnelled ? "within TLS" : "that changes to TLS when asked";
    it(`reads the certificate of ${name} on port ${port}, ${how}`, { skip: missingOf(name) }, () => {
      const { tunnel, tls, details } = of(name, port);
      assert.equal(tunnel, tunnelled ? "tls" : undefined);
      const { starttls } = details;
      assert.equal(starttls, tunnelled ? undefined : "yes");
      assert.match(tls?.version ?? "", /^TLSv1\.[23]$/);
      const read = tls?.certificate;
      assert.equal(read?.sha256, certificate.fingerprint256.replaceAll(":", "").toLowerCase());
      assert.equal(read?.subject, `CN=${CERTIFIED}`);
      assert.deepEqual(read?.alternativeNames, [`DNS:${CERTIFIED}`]);
      assert.equal(Date.parse(read?.validTo ?? ""), Date.parse(certificate.validTo));
      assert.equal(read?.key, "rsa 2048");
    });
  }

  for (const name of ["nginx", "Apache httpd", "lighttpd"]) {
    it(`reads the title of ${name}'s page`, { skip: missingOf(name) }, () => {
      for (const { port } of daemons.find((one) => one.name === name)!.ports)
        assert.equal(of(name, port).details["http-title"], TITLE);
    });
  }

  it("has the host keys that ssh-keygen shows", { skip: missingOf("OpenSSH") }, () => {
    const found = [of("OpenSSH", 22).details["ssh-host-keys"] ?? []].flat();
    // `ssh-ed25519 256 SHA256:…`, and of ssh-keygen `256 SHA256:… comment (ED25519)`.
    const sizeAndFingerprint = (line: string): string => /\d+ SHA256:\S+/.exec(line)?.[0] ?? line;
    assert.equal(found.length, 3);
    assert.deepEqual(
      found.map(sizeAndFingerprint).sort(),
      hostKeyFingerprints(bed).map(sizeAndFingerprint).sort(),
    );
  });
});
