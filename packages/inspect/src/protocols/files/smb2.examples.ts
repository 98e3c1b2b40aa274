import { concat, hex, latin1, le16, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";
import { utf16le } from "../utf16.js";
import { ntlmAuthenticate, ntlmChallenge, smb1Message, smb2Message, smbFrame } from "./smb.build.js";

const negotiateRequest = smbFrame(
  // Two dialects, 2.1 and 3.1.1 (MS-SMB2 §2.2.3).
  smb2Message(0, concat(hex("2400 0200 0100 0000 00000000"), new Uint8Array(24), hex("1002 1103"))),
);
function negotiateResponse(dialect: number): Uint8Array {
  const body = concat(
    hex("4100 0300"),
    le16(dialect),
    hex("0000"),
    new Uint8Array(16),
    hex("07000000 00000100 00000100 00000100"),
    new Uint8Array(16),
    hex("8000 0000 00000000 00"),
  );
  return smbFrame(smb2Message(0, body, { response: true }));
}
const authenticate = ntlmAuthenticate(utf16le("EXAMPLE"), utf16le("alice"), utf16le("WS1"));
const sessionSetup = smbFrame(
  smb2Message(
    1,
    concat(
      hex("1900 00 01 00000000 00000000 5800"),
      le16(authenticate.length),
      new Uint8Array(8),
      authenticate,
    ),
  ),
);
const challenge = ntlmChallenge(utf16le("files.example.org"));
const sessionChallenge = smbFrame(
  smb2Message(1, concat(hex("0900 0000 4800"), le16(challenge.length), challenge), {
    status: 0xc000_0016,
    response: true,
  }),
);
const sessionGuest = smbFrame(smb2Message(1, hex("0900 0100 4800 0000"), { response: true }));
const share = utf16le("\\\\files\\public");
const treeConnect = smbFrame(smb2Message(3, concat(hex("0900 0000 4800"), le16(share.length), share)));
const name = utf16le("report.odt");
function createBody(): Uint8Array {
  // MS-SMB2 §2.2.13: 44 octets before the name's offset and length, which end the fixed part with the contexts'.
  return concat(hex("3900"), new Uint8Array(42), hex("7800"), le16(name.length), new Uint8Array(8), name);
}
// The create's 140 octets are filled up to a multiple of eight before the close that follows it.
const createAndClose = smbFrame(
  concat(smb2Message(5, createBody(), { next: 144 }), new Uint8Array(4)),
  smb2Message(6, concat(hex("1800"), new Uint8Array(22))),
);
const denied = smbFrame(
  smb2Message(5, hex("0900 0000 00000000 00"), { status: 0xc000_0022, response: true }),
);
// MS-SMB2 §2.2.41: signature, nonce, original size, flags, session.
const encrypted = smbFrame(
  latin1("\xfdSMB"),
  new Uint8Array(32),
  le32(64),
  hex("0000 0100 1100000000000000"),
  new Uint8Array(64),
);

export const smb2Examples: readonly Example[] = [
  {
    title: "a client negotiates, logs on as a guest, connects to a share and opens a file",
    transport: "tcp",
    ports: [49152, 445],
    exchange: [
      [">", negotiateRequest],
      ["<", negotiateResponse(0x0311)],
      [">", sessionSetup],
      ["<", sessionChallenge],
      ["<", sessionGuest],
      [">", treeConnect],
      [">", createAndClose],
      ["<", denied],
    ],
    protocol: "smb2",
    attributes: {
      "smb.dialect": "3.1.1",
      "smb.offered-dialect": ["2.1", "3.1.1"],
      "smb.command": ["negotiate", "session-setup", "tree-connect", "create", "close"],
      "smb.tree": ["\\\\files\\public"],
      "smb.file": ["report.odt"],
      "smb.status": ["c0000022"],
      "smb.signing-required": true,
      "ntlm.user": ["alice"],
      "ntlm.domain": ["EXAMPLE"],
      "ntlm.workstation": ["WS1"],
      "ntlm.server": "files.example.org",
      "ntlm.server-version": "10.0.20348",
    },
    findings: ["smb.guest-session"],
    decidedAfter: 1,
  },
  {
    title: "the server chooses SMB 2 among dialects offered in SMB 1",
    transport: "tcp",
    ports: [49152, 445],
    exchange: [
      [">", smbFrame(smb1Message(0x72, new Uint8Array(0), latin1("\x02NT LM 0.12\0\x02SMB 2.???\0")))],
      ["<", negotiateResponse(0x02ff)],
      [">", negotiateRequest],
      ["<", negotiateResponse(0x0302)],
    ],
    protocol: "smb2",
    path: ["smb1", "smb2"],
    attributes: {
      "smb.dialect": "3.0.2",
      "smb.offered-dialect": ["NT LM 0.12", "SMB 2.???", "2.1", "3.1.1"],
      "smb.command": ["negotiate"],
      "smb.signing-required": true,
    },
  },
  {
    title: "encrypted messages are seen midstream, from the server alone",
    transport: "tcp",
    exchange: [
      ["<", encrypted],
      ["<", encrypted],
    ],
    protocol: "smb2",
    attributes: { "smb.encrypted": true },
    decidedAfter: 1,
  },
  {
    title: "a compound that leads outside its frame is a finding",
    transport: "tcp",
    ports: [49152, 445],
    exchange: [
      [">", negotiateRequest],
      [">", smbFrame(smb2Message(13, hex("0400 0000"), { next: 4096 }))],
    ],
    protocol: "smb2",
    attributes: { "smb.command": ["negotiate"], "smb.offered-dialect": ["2.1", "3.1.1"] },
    findings: ["smb2.compound-invalid"],
  },
  {
    title: "a header of another size is not SMB 2",
    transport: "tcp",
    exchange: [[">", smbFrame(latin1("\xfeSMB"), hex("4100"), new Uint8Array(58))]],
    protocol: undefined,
  },
];
