/**
 * Writes docs/protocols.md and docs/applications.md from the built registry, so that they say what the code does.
 *
 *   node tools/protocols-doc.mjs            writes them
 *   node tools/protocols-doc.mjs --check    exit status 1 where one of them is not what would be written
 *
 * Which link types are opened, and what IP protocols are called, is found out by feeding the engine frames.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const built = new URL("../packages/inspect/dist/", import.meta.url);

/**
 * What the decoder opens below the applications, by layer as it stands in paths: title, specification, what is not read.
 * It is held against the layers that the decoder pushes.
 */
const LAYERS = {
  eth: ["Ethernet", "IEEE 802.3", "the frame check sequence"],
  sll: ["Linux cooked capture", "LINKTYPE_LINUX_SLL", "packet type and address"],
  sll2: ["Linux cooked capture, second version", "LINKTYPE_LINUX_SLL2", "interface, packet type and address"],
  null: ["BSD loopback, of either byte order", "LINKTYPE_NULL, LINKTYPE_LOOP", "families but IPv4 and IPv6"],
  raw: ["IP without a link header", "LINKTYPE_RAW, LINKTYPE_IPV4, LINKTYPE_IPV6", ""],
  ppp: ["PPP", "RFC 1661, RFC 1662", "control protocols, multilink, compression and encryption"],
  hdlc: ["Cisco HDLC", "RFC 1547 §4.3.1", "keep-alives"],
  ppi: ["Per-Packet Information", "LINKTYPE_PPI", "its fields; PPI inside PPI"],
  vlan: [
    "VLAN tags, stacked",
    "IEEE 802.1Q, EtherTypes 0x8100, 0x88a8, 0x9100",
    "priority; the outermost id is the flow's",
  ],
  llc: ["LLC and SNAP", "IEEE 802.2, RFC 1042", "access points but SNAP, IP and spanning tree"],
  pppoe: ["PPP over Ethernet", "RFC 2516", "the tags of discovery"],
  mpls: [
    "MPLS labels",
    "RFC 3032, RFC 4023, RFC 4448 with a control word",
    "pseudowires without a control word",
  ],
  arp: ["ARP", "RFC 826", "all of it: it is counted"],
  stp: ["Spanning tree", "IEEE 802.1D", "all of it: it is counted"],
  lldp: ["LLDP", "IEEE 802.1AB", "all of it: it is counted"],
  eapol: ["EAP over LAN", "IEEE 802.1X", "all of it: it is counted"],
  "ether-other": ["any other EtherType", "", "all of it: it is counted"],
  "link-other": [
    "any other link type, or network protocol of PPP or loopback",
    "",
    "all of it: it is counted",
  ],
  ip: ["IPv4, reassembled", "RFC 791", "options, and whether checksums are right"],
  ipv6: [
    "IPv6, reassembled",
    "RFC 8200, RFC 6946",
    "the contents of extension headers: hop-by-hop, routing, destination and mobility headers are passed over",
  ],
  icmp: ["ICMP", "RFC 792", "the packet that an error quotes"],
  icmpv6: ["ICMPv6", "RFC 4443", "the packet that an error quotes, neighbour discovery"],
  igmp: ["IGMP", "RFC 3376", "groups"],
  tcp: ["TCP, put in order", "RFC 9293", "options, and whether checksums are right"],
  udp: ["UDP", "RFC 768", "whether checksums are right"],
  "udp-lite": ["UDP-Lite", "RFC 3828", "whether checksums are right"],
  sctp: ["SCTP", "RFC 9260", "chunks, and so whatever SCTP carries (S1AP, NGAP, Diameter over SCTP)"],
  gre: [
    "GRE with IP, Ethernet, MPLS or PPP inside",
    "RFC 2784, RFC 2890, RFC 2637 (PPTP)",
    "source routes (RFC 1701), ERSPAN",
  ],
  vxlan: ["VXLAN, UDP port 4789", "RFC 7348", "VXLAN-GPE and other extensions that set more bits"],
  geneve: ["Geneve, UDP port 6081", "RFC 8926", "options"],
  gtp: ["GTP-U, UDP port 2152", "3GPP TS 29.281", "the contents of extension headers"],
  teredo: ["Teredo, UDP port 3544", "RFC 4380", "authentication and origin indications"],
  tzsp: ["TZSP, UDP port 37008", "its publication by Network Chemistry", "tagged fields"],
  capwap: ["CAPWAP data, UDP port 5247", "RFC 5415, RFC 5416", "fragments, DTLS"],
  wlan: [
    "IEEE 802.11 data frames inside TZSP or CAPWAP",
    "IEEE 802.11 §9.3.2",
    "protected frames, aggregates, management; as a link type 802.11 is not opened",
  ],
  etherip: ["Ethernet in IP", "RFC 3378", ""],
  ah: ["IP authentication header", "RFC 4302", "whether its value is right"],
  esp: ["IP encapsulating security payload", "RFC 4303", "what is inside, also where it is not encrypted"],
  ospf: ["OSPF", "RFC 2328, RFC 5340", "all of it: it is counted"],
  vrrp: ["VRRP", "RFC 9568", "all of it: it is counted; CARP has the same number"],
  pim: ["PIM", "RFC 7761", "all of it: it is counted"],
  pgm: ["PGM", "RFC 3208", "all of it: it is counted"],
  eigrp: ["EIGRP", "RFC 7868", "all of it: it is counted"],
  rsvp: ["RSVP", "RFC 2205", "all of it: it is counted"],
  dccp: ["DCCP", "RFC 4340", "ports"],
  "ip-other": ["any other IP protocol", "", "all of it: it is counted"],
};

const GENERATED =
  "<!-- Written by `npm run docs:write`; edit tools/protocols-doc.mjs or the protocol's file instead. -->";

if (!existsSync(new URL("index.js", built))) {
  process.stderr.write("protocols-doc: not built yet; run `npm run build`\n");
  process.exit(2);
}
const { Engine, builtInRegistry, protocols } = await import(new URL("index.js", built).href);
const { applicationEntries } = await import(new URL("application-entries.js", built).href);
const { decodeMalformed } = await import(new URL("decode/decoder.js", built).href);
const { fragmentFindings } = await import(new URL("reassembly/defragmenter.js", built).href);
const { TCP_OVERLAP_CONFLICT } = await import(new URL("reassembly/stream-assembler.js", built).href);
const { FLOW_TABLE_FULL } = await import(new URL("shard.js", built).href);
const { TIME_JUMP } = await import(new URL("engine.js", built).href);
const { ethernet, ipv4, linkTypeName } = await import("../packages/wire/dist/index.js");

const documents = {
  "docs/protocols.md": protocolsDocument(),
  "docs/applications.md": applicationsDocument(),
};
const check = process.argv.includes("--check");
let stale = 0;
for (const [path, text] of Object.entries(documents)) {
  const file = root + path;
  const held = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (held === text) continue;
  if (!check) {
    writeFileSync(file, text);
    process.stdout.write(`${path}: written\n`);
    continue;
  }
  stale += 1;
  const heldLines = held.split("\n");
  const line = text.split("\n").findIndex((wanted, at) => wanted !== heldLines[at]) + 1;
  process.stderr.write(
    `protocols-doc: ${path} is stale from line ${line || heldLines.length} on; run \`npm run docs:write\` and commit it\n`,
  );
}
process.exitCode = stale === 0 ? 0 : 1;

function protocolsDocument() {
  const groups = groupBy(protocols, "category");
  const categories = [...groups.keys()].sort();
  const attributes = protocols.reduce((sum, protocol) => sum + protocol.attributes.length, 0);
  const lines = [
    "# Protocols",
    "",
    GENERATED,
    "",
    `What is recognised, what is read, and what is not: ${protocols.length} protocols with ${attributes} attributes, on top of the`,
    "layers at the end. Applications, told by host names, are in [applications.md](applications.md).",
    "",
    "Ports are where a protocol is tried first; they are never enough for a verdict of confidence `dpi`. A protocol marked",
    "*heuristic* has no magic number or full structure to go by, and is asked after all others. A malformed name is what the",
    "octets did wrong: a finding of severity low where the protocol had been recognised. Text is cut, and lists are short:",
    "see [limits.md](limits.md).",
    "",
    "| Category | Protocols |",
    "|---|---|",
    ...categories.map((category) => {
      const names = groups.get(category).map(({ name }) => `[${name}](#${name})`);
      return `| [${category}](#category-${category}) | ${names.join(", ")} |`;
    }),
    "| [below](#layers) | link layers, IP, transports, tunnels |",
    "",
  ];
  for (const category of categories) {
    lines.push(`## Category ${category}`, "");
    for (const protocol of groups.get(category)) lines.push(...protocolLines(protocol), "");
  }
  lines.push(...layerLines());
  return `${lines.join("\n").trimEnd()}\n`;
}

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(item[key], [...(groups.get(item[key]) ?? []), item]);
  return groups;
}

function protocolLines({ name, title, spec, datagram, stream, weak, ...rest }) {
  const transports = [
    ["UDP", datagram],
    ["TCP", stream],
  ]
    .filter(([, dissector]) => dissector !== undefined)
    .map(([transport, { ports }]) => `${transport}${ports.length === 0 ? "" : ` ${ports.join(", ")}`}`);
  const lines = [
    `### ${name}`,
    "",
    `**${plain(title)}**, ${plain(spec)}. ${transports.join("; ")}.${weak ? " *Heuristic.*" : ""}`,
    "",
    `- Recognised by: ${plain(rest.recognises)}`,
    `- Not read: ${plain(rest.omits)}`,
  ];
  if (rest.attributes.length > 0) {
    const all = rest.attributes.map((one) => `\`${one.name}\` ${one.type}${one.many ? " list" : ""}`);
    lines.push(`- Attributes: ${all.join(", ")}`);
  }
  if (rest.malformed.length > 0)
    lines.push(`- Malformed: ${rest.malformed.map((one) => `\`${one.name}\``).join(", ")}`);
  for (const finding of rest.findings ?? []) lines.push(findingLine(finding));
  return lines;
}

function findingLine({ name, severity, title }) {
  return `- Finding \`${name}\`, ${severity}: ${plain(title)}.`;
}

function layerLines() {
  const decode = new URL("decode/", built);
  const pushed = new Set(
    readdirSync(decode)
      .filter((file) => /^[a-z-]+\.js$/.test(file))
      .flatMap((file) => [
        ...readFileSync(new URL(file, decode), "utf8").matchAll(/LAYER(?:\.(\w+)|\["([\w-]+)"\])/g),
      ])
      .map(([, word, quoted]) => word ?? quoted),
  );
  const named = Object.keys(LAYERS);
  const wrong = [
    ...named.filter((name) => !pushed.has(name)),
    ...[...pushed].filter((name) => !LAYERS[name]),
  ];
  if (wrong.length > 0) {
    process.stderr.write(
      `protocols-doc: LAYERS does not match what the decoder pushes: ${wrong.join(", ")}\n`,
    );
    process.exit(1);
  }
  return [
    "## Layers",
    "",
    "What a path is made of below the applications (`eth.vlan.ip.udp.vxlan.eth.ip.tcp`). Tunnels are opened to the innermost",
    "packet, which gives the flow; a tunnel in UDP is opened only where its header and the packet inside are as specified.",
    "",
    "| Layer | What | Specification | Not read |",
    "|---|---|---|---|",
    ...named.map((name) => `| \`${name}\` | ${LAYERS[name].join(" | ")} |`),
    "",
    `Link types that are opened: ${linkTypes().join(", ")}. Frames of others count as \`link-other\`.`,
    "",
    "Flows of IP protocols that carry no application here are named by the protocol:",
    `${ipProtocols()
      .map(([number, name]) => `${number} \`${name}\``)
      .join(", ")}.`,
    "",
    "What the layers and the engine itself can report:",
    "",
    `- Malformed: ${decodeMalformed.map(({ name }) => `\`${name}\``).join(", ")}`,
    ...[...fragmentFindings, TCP_OVERLAP_CONFLICT, FLOW_TABLE_FULL, TIME_JUMP].map(findingLine),
  ];
}

/** Names of the link types that the engine does not call unknown. */
function linkTypes() {
  const names = [];
  for (let linkType = 0; linkType < 512; linkType += 1) {
    const engine = new Engine(builtInRegistry(), { flows() {} });
    engine.packet(new Uint8Array(64), 0, 64, 64, 1, linkType);
    if (engine.anomalies.some(({ kind }) => kind.name === "link.type-unknown")) continue;
    names.push(`${linkType} ${linkTypeName(linkType)}`);
  }
  return names;
}

/** Number and verdict of the IP protocols that give one without a payload that says so. */
function ipProtocols() {
  const found = [];
  for (let protocol = 0; protocol < 256; protocol += 1) {
    const engine = new Engine(builtInRegistry(), {
      flows(records) {
        for (const { appProto } of records) if (appProto !== undefined) found.push([protocol, appProto]);
      },
    });
    const packet = ipv4({
      source: "192.0.2.1",
      destination: "192.0.2.2",
      protocol,
      payload: new Uint8Array(40),
    });
    const frame = ethernet({ payload: packet });
    engine.packet(frame, 0, frame.length, frame.length, 1, 1);
    engine.finish();
  }
  return found;
}

function applicationsDocument() {
  const hosts = applicationEntries.reduce((sum, entry) => sum + entry.hosts.length, 0);
  const lines = [
    "# Applications",
    "",
    GENERATED,
    "",
    `The ${applicationEntries.length} applications that \`app\` can name, told by ${hosts} host names: the name that a client asks for, in a TLS or QUIC`,
    "hello, an HTTP request and the like, or, where a TLS client asks for none, the name in the server's certificate. Each",
    "list was written from the vendor's own pages, named before it. Without a name in clear no application is told. To see why",
    "a flow got its application: `palisade inspect FILE --explain FIRST_PACKET`.",
    "",
  ];
  const groups = groupBy(applicationEntries, "category");
  for (const category of [...groups.keys()].sort()) {
    lines.push(`## ${category}`, "");
    const sources = groupBy(groups.get(category), "source");
    for (const source of [...sources.keys()].sort()) {
      const names = sources.get(source).map(({ name }) => `\`${name}\``);
      lines.push(`- ${plain(source)}: ${names.sort().join(", ")}`);
    }
    lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

/** Text with what Markdown would take for markup made plain. */
function plain(text) {
  return text.replace(/([\\<>*_|[\]])/g, "\\$1");
}
