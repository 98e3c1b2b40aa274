/** Builders of SMB messages for examples: MS-CIFS, MS-SMB2. */
import { be24, concat, hex, latin1, le16, le32 } from "@palisade/wire";

/** A message in its frame (MS-SMB2 §2.1). */
export function smbFrame(...parts: readonly Uint8Array[]): Uint8Array {
  const message = concat(...parts);
  return concat(0, be24(message.length), message);
}

/** An SMB 2 message: MS-SMB2 §2.2.1.2. */
export function smb2Message(
  command: number,
  body: Uint8Array,
  options: { readonly status?: number; readonly response?: boolean; readonly next?: number } = {},
): Uint8Array {
  return concat(
    latin1("\xfeSMB"),
    hex("4000 0000"),
    le32(options.status ?? 0),
    le16(command),
    hex("0100"),
    le32(options.response === true ? 1 : 0),
    le32(options.next ?? 0),
    new Uint8Array(40),
    body,
  );
}

/** An SMB 1 message: MS-CIFS §2.2.3, with the flags for Unicode and NT status codes. */
export function smb1Message(
  command: number,
  words: Uint8Array,
  bytes: Uint8Array,
  options: { readonly status?: number; readonly reply?: boolean } = {},
): Uint8Array {
  return concat(
    latin1("\xffSMB"),
    command,
    le32(options.status ?? 0),
    options.reply === true ? 0x98 : 0x18,
    hex("01c8 0000 0000000000000000 0000 0000 fffe 0000 0000"),
    words.length / 2,
    words,
    le16(bytes.length),
    bytes,
  );
}

/** AUTHENTICATE_MESSAGE with names alone: MS-NLMP §2.2.1.3. */
export function ntlmAuthenticate(domain: Uint8Array, user: Uint8Array, workstation: Uint8Array): Uint8Array {
  let offset = 64;
  const field = (value: Uint8Array): Uint8Array => {
    const octets = concat(le16(value.length), le16(value.length), le32(offset));
    offset += value.length;
    return octets;
  };
  const none = new Uint8Array(0);
  return concat(
    latin1("NTLMSSP\0"),
    le32(3),
    field(none),
    field(none),
    field(domain),
    field(user),
    field(workstation),
    field(none),
    le32(1),
    domain,
    user,
    workstation,
  );
}

/** CHALLENGE_MESSAGE with a version and the server's DNS name: MS-NLMP §2.2.1.2. */
export function ntlmChallenge(server: Uint8Array): Uint8Array {
  const pairs = concat(le16(3), le16(server.length), server, le32(0));
  return concat(
    latin1("NTLMSSP\0"),
    le32(2),
    hex("0000 0000 38000000"),
    le32(0x0200_0001),
    hex("0123456789abcdef 0000000000000000"),
    le16(pairs.length),
    le16(pairs.length),
    le32(56),
    hex("0a 00 7c4f 000000 0f"),
    pairs,
  );
}
