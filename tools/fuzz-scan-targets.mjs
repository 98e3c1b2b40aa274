/**
 * What `fuzz-scan.mjs` feeds without any server: each target has seeds, an input drawn from them, and `run`, which says what is wrong.
 */
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { isLine, unprintable } from "./fuzz-scan.mjs";

const scan = (path) => import(`../packages/scan/dist/${path}.js`);
const wire = await import("../packages/wire/dist/index.js");
const { concat, hex, latin1 } = wire;
const utf8 = new TextEncoder();
const text = new TextDecoder();

const OURS = ["10.0.0.2", "2001:db8::2"];
const ASKED = ["192.0.2.7", "2001:db8::7"];
const ROUTER = ["10.0.0.1", "2001:db8::1"];

/** Probes of every technique, what answers them, and errors that quote them, over both versions of IP. */
async function packets() {
  const { techniques } = await scan("techniques/index");
  const all = [];
  for (const family of [0, 1]) {
    const ip = (source, destination, payload, protocol) =>
      family === 0
        ? wire.ipv4({ source: source[0], destination: destination[0], payload, protocol })
        : wire.ipv6({ source: source[1], destination: destination[1], payload, nextHeader: protocol });
    const ports = { sourcePort: 443, destinationPort: 61_111 };
    for (const technique of techniques) {
      const room = new Uint8Array(technique.probeBytesMax);
      const probe = {
        ipVersion: family === 0 ? 4 : 6,
        addressSum: 0,
        sourcePort: 61_111,
        port: 443,
        cookie: 0xc0ffee01,
      };
      const probeBytes = technique.write(room, 0, probe);
      const sent = ip(OURS, ASKED, room.slice(0, probeBytes), technique.ipProtocol || 47);
      all.push(sent);
      for (const [type, code] of family === 0
        ? [
            [3, 1],
            [3, 3],
            [11, 0],
            [12, 0],
          ]
        : [
            [1, 4],
            [3, 0],
            [4, 1],
          ]) {
        const error =
          family === 0
            ? wire.icmp({ type, code, payload: sent })
            : wire.icmpv6({ type, code, payload: sent });
        const from = code === 3 || code === 4 ? ASKED : ROUTER;
        all.push(nested(family, from, error));
      }
    }
    for (const flags of [0x12, 0x14]) {
      const segment = wire.tcp({ ...ports, flags, sequence: 7, acknowledgement: 0xc0ffee02 });
      all.push(nested(family, ASKED, segment));
    }
    all.push(nested(family, ASKED, wire.udp({ ...ports, payload: hex("01 02 03") })));
    all.push(ip(ASKED, OURS, concat(hex("01bb eeb7 c0ffee01 00000000 02000014"), new Uint8Array(16)), 132));
  }
  return all;
}

/** Builders give parts that need the addresses of the packet around them. */
function nested(family, from, payload) {
  return family === 0
    ? wire.ipv4({ source: from[0], destination: OURS[0], payload })
    : wire.ipv6({ source: from[1], destination: OURS[1], payload });
}

/** What is said of `octets` must not depend on what stands around them. */
function framed(octets, random) {
  const offset = random.below(40);
  const around = [0, 1].map(() => concat(random.octets(offset), octets, random.octets(64)));
  return { offset, end: offset + octets.length, around };
}

const mutatedOnly = (seeds) => ({ seeds, input: (random, mutated) => mutated(random.pick(seeds)) });

async function reply() {
  const { newReply, readReply } = await scan("reply");
  const { techniques } = await scan("techniques/index");
  return {
    ...mutatedOnly(await packets()),
    run(octets, random) {
      const { offset, end, around } = framed(octets, random);
      const [first, second] = around.map((frame) => {
        const read = newReply();
        return [readReply(frame, offset, end, read), read];
      });
      if (first[0] !== second[0]) return "whether it is a reply depends on octets around it";
      if (!first[0]) return undefined;
      const [, read] = first;
      if (JSON.stringify(read) !== JSON.stringify(second[1])) return "a reply depends on octets around it";
      const bytes = read.ipVersion === 4 ? 4 : 16;
      for (const at of [read.addressAt, read.ownAddressAt])
        if (at < offset || at + bytes > end) return `an address at ${at} of ${offset}…${end}`;
      for (const { classify } of techniques) classify(read, 0xc0ffee01);
      return undefined;
    },
  };
}

async function link() {
  const { newLinkAnswer, readLinkAnswer } = await scan("discovery/link-sweep-answers");
  const { advertisement, arpFrame, OWN_LINK, solicitation } = await scan("discovery/link-sweep.build");
  const station = "02:00:00:00:00:09";
  const arp = {
    senderHardware: station,
    senderProtocol: "192.0.2.9",
    targetHardware: OWN_LINK,
    targetProtocol: "192.0.2.1",
  };
  const seeds = [
    arpFrame({ ...arp, operation: 2 }),
    arpFrame({ ...arp, operation: 1 }),
    advertisement({ target: "2001:db8::9", link: station, to: "2001:db8::1" }),
    solicitation("2001:db8::9", station, "2001:db8::1"),
  ].map((frame) => Uint8Array.from(frame));
  return {
    ...mutatedOnly(seeds),
    run(octets, random) {
      const { offset, end, around } = framed(octets, random);
      // Else no changed message of neighbour discovery gets past its checksum.
      if (random.chance(0.8)) for (const frame of around) repair(frame, offset, end);
      for (const bytes of [4, 16]) {
        const [first, second] = around.map((frame) => {
          const answer = newLinkAnswer();
          return [readLinkAnswer(frame, offset, end, bytes, answer), answer];
        });
        if (first[0] !== second[0]) return "whether it is an answer depends on octets around it";
        if (!first[0]) continue;
        const [, answer] = first;
        if (JSON.stringify(answer) !== JSON.stringify(second[1]))
          return "an answer depends on octets around it";
        for (const [at, size] of [
          [answer.addressAt, bytes],
          [answer.ownAddressAt, bytes],
          [answer.linkAt, 6],
        ])
          if (at < offset || at + size > end) return `a field at ${at} of ${offset}…${end}`;
        if (answer.ownLinkAt >= 0 && answer.ownLinkAt + 6 > end) return "a link address beyond the frame";
      }
      return undefined;
    },
  };
}

/** Puts the checksum of ICMPv6 right, where there is a whole message. */
function repair(frame, offset, end) {
  const message = offset + 54;
  const bytes = wire.u16(frame, offset + 18);
  if (end - message < 24 || bytes < 24 || message + bytes > end) return;
  wire.put16(frame, message + 2, 0);
  const pseudo = wire.pseudoHeaderSumAt(frame, offset + 22, 16, 58, bytes);
  let sum = pseudo;
  for (let at = 0; at < bytes; at += 2)
    sum += (frame[message + at] << 8) | (at + 1 < bytes ? frame[message + at + 1] : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  wire.put16(frame, message + 2, ~sum & 0xffff);
}

async function describe() {
  const { describeFrame } = await scan("links/describe-frame");
  const raw = await packets();
  const header = hex("020000000001 020000000002");
  const ethernet = raw.map((packet) =>
    concat(header, packet[0] >> 4 === 4 ? hex("0800") : hex("86dd"), packet),
  );
  const tagged = raw.map((packet) =>
    concat(header, hex("8100 0005"), packet[0] >> 4 === 4 ? hex("0800") : hex("86dd"), packet),
  );
  const { arpFrame, OWN_LINK } = await scan("discovery/link-sweep.build");
  const arp = arpFrame({
    operation: 2,
    senderHardware: OWN_LINK,
    senderProtocol: "192.0.2.9",
    targetHardware: OWN_LINK,
    targetProtocol: "192.0.2.1",
  });
  return {
    ...mutatedOnly([...raw, ...ethernet, ...tagged, Uint8Array.from(arp)]),
    run(octets, random) {
      const { offset, end, around } = framed(octets, random);
      for (const linkType of [wire.LINKTYPE_RAW, wire.LINKTYPE_ETHERNET, wire.LINKTYPE_LINUX_SLL2]) {
        const [first, second] = around.map((frame) => describeFrame(frame, offset, end - offset, linkType));
        if (first !== second) return "what is said depends on octets around it";
        if (!isLine(first) || first.length > 400) return `no short line: ${JSON.stringify(first)}`;
      }
      return undefined;
    },
  };
}

async function checkpoint() {
  const { decodeCheckpoint, encodeCheckpoint } = await scan("checkpoint");
  const { newPart } = await scan("part");
  const seeds = [[], [10], [70_000, 3]].map((sizes) => {
    const parts = sizes.map((size) => {
      const part = newPart("ipv4 syn", "syn", size, 61_111);
      for (const pair of [0, 1, size - 1])
        part.table.set(pair, part.codes.codeOf({ state: "open", reason: "syn-ack" }));
      part.ttls.set(0, 64);
      part.key.fill(7);
      return part;
    });
    const whole = { plan: "p", seed: 1, arguments: ["palisade", "scan", "x"], startedMs: 3, parts };
    // Of a block the first octets are enough: its end is all zeros.
    return Uint8Array.from(Buffer.concat([...encodeCheckpoint(whole)].map((piece) => piece.slice())));
  });
  return {
    seeds,
    input(random, mutated) {
      const octets = mutated(random.pick(seeds));
      const room = octets.length < 12 ? concat(octets, new Uint8Array(12 - octets.length)) : octets;
      if (random.chance(0.5)) room.set(seeds[0].subarray(0, 8));
      // Else nothing would be read but the checksum.
      if (random.chance(0.7)) wire.put32(room, room.length - 4, wire.crc32c(room, 0, room.length - 4));
      return room;
    },
    run(octets) {
      const { parts, ...rest } = decodeCheckpoint(octets);
      if (parts.length > 64 || typeof rest.plan !== "string") return "a checkpoint that is none";
      return undefined;
    },
  };
}

/** A document with some of its values in the place of others. */
function shuffled(document, random) {
  const value = JSON.parse(document);
  const places = [];
  const visit = (node) => {
    if (typeof node !== "object" || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node, key]);
      visit(node[key]);
    }
  };
  visit(value);
  const odd = [
    null,
    -1,
    1e300,
    65_536,
    "",
    "\u001b[2J",
    "__proto__",
    [],
    {},
    true,
    "9".repeat(5_000),
    "0-65535",
    "1,1",
    0.5,
  ];
  for (let changes = 1 + random.small(4); changes > 0; changes -= 1) {
    const [node, key] = random.pick(places);
    const change = random.below(10);
    if (change === 0) delete node[key];
    else if (change === 1) node[random.pick(["__proto__", "constructor", "x\n\u001b"])] = random.pick(odd);
    else if (change < 7) node[key] = random.pick(odd);
    else {
      const [from, name] = random.pick(places);
      // Through text, so that nothing is within itself.
      node[key] = from[name] === undefined ? null : JSON.parse(JSON.stringify(from[name]));
    }
  }
  return utf8.encode(JSON.stringify(value));
}

async function json() {
  const { readScanJson } = await scan("report/json-reader");
  const { scanJson } = await scan("report/json");
  const { exampleResult } = await scan("report/example.build");
  const seeds = [utf8.encode([...scanJson(exampleResult)].join(""))];
  return {
    seeds,
    input: (random, mutated) =>
      random.chance(0.7) ? shuffled(text.decode(seeds[0]), random) : mutated(seeds[0]),
    run(octets) {
      const { hosts } = readScanJson(text.decode(octets));
      for (const { octets: address, ports } of hosts) {
        if (address.length !== 4 && address.length !== 16) return "an address of another length";
        if (ports.some(({ port }) => !(port >= 0 && port <= 65_535))) return "a port that is none";
      }
      return undefined;
    },
  };
}

const ANSWERS = [
  latin1("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
  latin1(`HTTP/1.1 200 OK\r\nServer: ${"nginx/1 ".repeat(4_000)}\r\n\r\n`),
  concat(latin1("220 "), new Uint8Array(20_000).fill(0xff)),
  latin1("\u001b]0;x\u0007 220 ftp \u009b31m"),
  new Uint8Array(65_536).fill(0x61),
];

/** Whether what a database says of answers is printable and short. */
function readAll(database, isSlow) {
  let matches = 0;
  for (const probe of database.probes) {
    for (const answer of ANSWERS) {
      // A file of many patterns is not what is looked for here.
      matches += probe.matches.length;
      if (matches > isSlow) return undefined;
      const found = database.read(probe, answer);
      const wrong = found && unprintable({ ...found.fields, cpe: found.cpe }, 256);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

async function probes() {
  const { parseServices } = await scan("service/services-format");
  const { ServiceDatabase, checkDatabase } = await scan("service/database");
  const folder = new URL("../packages/scan/services/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".services"));
  const seeds = files.flatMap((name) => pieces(readFileSync(new URL(name, folder))));
  return {
    ...mutatedOnly(seeds),
    executionMsMax: 5_000,
    run(octets) {
      const database = new ServiceDatabase(parseServices([{ file: "f", text: text.decode(octets) }]));
      for (const line of checkDatabase(database))
        if (!isLine(line)) return `no printable line: ${JSON.stringify(line)}`;
      return readAll(database, 200);
    },
  };
}

/** Parts of a long file, each from a head on, so that changes meet small ones. */
function pieces(octets) {
  const heads = text.decode(octets).split(/^(?=probe )/m);
  return heads.flatMap((head) => [utf8.encode(head.slice(0, 8_000))]);
}

async function nmapProbes() {
  const { parseNmapProbes } = await scan("service/nmap-format");
  const seeds = [
    String.raw`Exclude 53,T:9100-9102,U:30000
Probe TCP NULL q||
totalwaitms 1500
match chat m|^CHAT/([\d_]+) (\w+)| p/Chat $2/ v/$SUBST(1,"_",".")/ i=a / b= cpe:/a:chat:chat:$1/a
match count m=^COUNT(.)(.)=s v/$I(1,">").$I(2,"<")/ h/$P(1)/
match any m|(.*)| p/$1/ v/$P(1)$1$1/ cpe:/a:$1:$1/
Probe TCP Ask q=ask\r\n\x00|=
ports 7000,7010-7020
sslports 7443
rarity 2
fallback NULL
softmatch answer m|^2(\d+)|i v/$1/
Probe UDP Ask q|udp|
match datagram m|^d|
`,
  ].map((file) => utf8.encode(file));
  return {
    ...mutatedOnly(seeds),
    executionMsMax: 5_000,
    run: (octets) => readAll(parseNmapProbes("f", text.decode(octets)), 200),
  };
}

/** Messages of services, by the functions that read them without a connection. */
async function messages() {
  const details = (name) => scan(`service/details/${name}`);
  const [mysql, postgres, mongo, ntlm, smb, rdp, mssql, ssh, web, caches, tls] = await Promise.all(
    [
      "mysql",
      "postgresql",
      "mongodb",
      "ntlm",
      "smb",
      "rdp",
      "mssql",
      "ssh-messages",
      "http",
      "caches",
      "start-tls",
    ].map(details),
  );
  const { bannerText } = await scan("service/service-result");
  const { answersOfServices } = await import("./fuzz-scan-services.mjs");
  const seeds = Object.values(answersOfServices()).flatMap(({ answers }) => answers);
  return {
    ...mutatedOnly(seeds),
    executionMsMax: 500,
    run(octets) {
      for (const complete of [ssh.sshPacketBytes, mongo.mongoMessageBytes, tls.replyBytes])
        if (!Number.isSafeInteger(complete(octets))) return "a length that is no number";
      const [bytes, length] = tls.berLength(octets, 1);
      if (!(bytes >= 0 && bytes <= 5 && length >= 0 && length <= 0xffff_ffff)) return "a length of BER";
      mysql.readMysqlGreeting(octets);
      postgres.readPostgres(octets);
      mongo.readMongoReply(octets);
      ntlm.findNtlmChallenge(octets);
      smb.readSmbNegotiate(octets);
      rdp.readRdpConfirm(octets);
      mssql.readPreloginResponse(octets);
      const lists = ssh.parseKexInit(ssh.sshPayload(octets));
      if (lists !== undefined) ssh.kexInit("a", "b", lists);
      const half = octets.length >> 1;
      ssh.provenHostKey(octets, octets, octets);
      ssh.provenHostKey(octets.subarray(0, half), octets.subarray(half), new Uint8Array(32));
      const head = web.parseHttpHead(octets);
      web.htmlTitle(octets.subarray(head?.bodyAt ?? 0));
      caches.readRedisInfo(octets);
      return unprintable(bannerText(octets), 1_024);
    },
  };
}

async function certificates() {
  const { certificateResult } = await scan("service/tls-session");
  const { selfSigned } = await scan("service/certificate.build");
  const of = (name, names) => Uint8Array.from(new X509Certificate(selfSigned(name, names).cert).raw);
  const seeds = [
    of("service.example", ["service.example", "www.service.example"]),
    of("a\u001b[31mb\nc, O=d", ['x"y', "z,DNS:w", "\u202egro.elpmaxe", "é\u0000f"]),
    of(
      "n".repeat(3_000),
      Array.from({ length: 400 }, (_, index) => `${index}.example`),
    ),
  ];
  return {
    ...mutatedOnly(seeds),
    run(octets) {
      let certificate;
      try {
        certificate = new X509Certificate(octets);
      } catch {
        return undefined; // what Node cannot read never becomes a peer's certificate
      }
      const result = certificateResult(certificate);
      if (result.alternativeNames.length > 256) return "too many names";
      return unprintable(result, 1_024);
    },
  };
}

export const targets = {
  "scan-reply": reply,
  "scan-link": link,
  "scan-describe": describe,
  "scan-checkpoint": checkpoint,
  "scan-json": json,
  "scan-probes": probes,
  "scan-nmap-probes": nmapProbes,
  "scan-messages": messages,
  "scan-certificates": certificates,
};
