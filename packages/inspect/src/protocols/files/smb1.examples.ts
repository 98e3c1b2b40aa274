import { concat, hex, latin1, le16 } from "@palisade/wire";
import type { Example } from "../../example.js";
import { utf16le } from "../utf16.js";
import { ntlmAuthenticate, smb1Message, smbFrame } from "./smb.build.js";

const none = new Uint8Array(0);
const negotiate = smbFrame(smb1Message(0x72, none, latin1("\x02LANMAN2.1\0\x02NT LM 0.12\0")));
// MS-CIFS §2.2.4.52.2: 17 words, dialect 1 of those offered.
const negotiated = smbFrame(
  smb1Message(0x72, concat(hex("0100 03"), new Uint8Array(31)), new Uint8Array(24), { reply: true }),
);
const authenticate = ntlmAuthenticate(utf16le("EXAMPLE"), utf16le("bob"), utf16le("OLD-PC"));
// MS-SMB §2.2.4.6.1: an octet fills up to the even offset of the Unicode text after the buffer.
const extendedSetup = smbFrame(
  smb1Message(
    0x73,
    concat(hex("ff 00 0000 0411 3200 0000 00000000"), le16(authenticate.length), hex("00000000 d4000080")),
    concat(authenticate, 0, utf16le("Windows 5.1\0LAN Manager\0")),
  ),
);
const tree = concat(hex("00"), utf16le("\\\\OLD\\IPC$\0"), latin1("?????\0"));
// MS-CIFS §2.2.4.53.1: passwords of two octets and none, then texts; with a tree connect chained to it, at 32 + 1 + 26 + 2 + the octets of the setup.
const setupBytes = concat(hex("aabb 00"), utf16le("carol\0WORK\0Unix\0Samba\0"));
const chained = smbFrame(
  smb1Message(
    0x73,
    concat(
      hex("75 00"),
      le16(61 + setupBytes.length),
      hex("0411 0200 0100 00000000 0200 0000 00000000 d4000000"),
    ),
    setupBytes,
  ),
  hex("04 ff 00 0000 0000 0100"),
  le16(tree.length),
  tree,
);
const create = smbFrame(
  smb1Message(0xa2, concat(hex("ff 00 dede 00 1200"), new Uint8Array(41)), concat(0, utf16le("\\lsarpc"))),
);
const refused = smbFrame(smb1Message(0xa2, none, none, { reply: true, status: 0xc000_0022 }));

export const smb1Examples: readonly Example[] = [
  {
    title: "a client negotiates, logs on with NTLM and is refused a pipe",
    transport: "tcp",
    ports: [49152, 445],
    exchange: [
      [">", negotiate],
      ["<", negotiated],
      [">", extendedSetup],
      [">", create],
      ["<", refused],
    ],
    protocol: "smb1",
    attributes: {
      "smb.dialect": "NT LM 0.12",
      "smb.offered-dialect": ["LANMAN2.1", "NT LM 0.12"],
      "smb.command": ["negotiate", "session-setup-andx", "nt-create-andx"],
      "smb.native-os": ["Windows 5.1"],
      "smb.file": ["\\lsarpc"],
      "smb.status": ["c0000022"],
      "ntlm.user": ["bob"],
      "ntlm.domain": ["EXAMPLE"],
      "ntlm.workstation": ["OLD-PC"],
    },
    findings: ["smb.version-obsolete"],
    decidedAfter: 1,
  },
  {
    title: "a session setup with a tree connect chained to it",
    transport: "tcp",
    exchange: [[">", chained]],
    protocol: "smb1",
    attributes: {
      "smb.command": ["session-setup-andx", "tree-connect-andx"],
      "smb.account": ["carol"],
      "smb.native-os": ["Unix"],
      "smb.tree": ["\\\\OLD\\IPC$"],
    },
  },
  {
    title: "the server's answer alone is enough",
    transport: "tcp",
    exchange: [["<", negotiated]],
    protocol: "smb1",
    attributes: { "smb.dialect": "NT LM 0.12", "smb.command": ["negotiate"] },
    findings: ["smb.version-obsolete"],
    decidedAfter: 1,
  },
  {
    title: "words beyond the frame are a finding",
    transport: "tcp",
    exchange: [
      [">", negotiate],
      [">", smbFrame(latin1("\xffSMB\x2b"), new Uint8Array(27), hex("ff 0000 0000"))],
    ],
    protocol: "smb1",
    attributes: { "smb.offered-dialect": ["LANMAN2.1", "NT LM 0.12"], "smb.command": ["negotiate", "echo"] },
    findings: ["smb1.truncated"],
  },
  {
    title: "an unpublished command is nobody's",
    transport: "tcp",
    exchange: [[">", smbFrame(latin1("\xffSMB\x44"), new Uint8Array(30))]],
    protocol: undefined,
  },
];
