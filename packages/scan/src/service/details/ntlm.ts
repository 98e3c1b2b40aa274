/** NTLM's challenge ([MS-NLMP] §2.2.1.2): a Windows host names itself and its version before anybody has logged in. */
import { concat, hex, latin1 } from "@palisade/wire";
import { OctetReader } from "./octet-reader.js";

const SIGNATURE = latin1("NTLMSSP\0");
const CHALLENGE = 2;
/** NTLMSSP_NEGOTIATE_VERSION: the version field means something. */
const FLAG_VERSION = 0x0200_0000;
const PAIRS_MAX = 32;

/** NEGOTIATE_MESSAGE (§2.2.1.1): Unicode, names wanted, NTLM, target information, version, 128 bits; no names of ours. */
export const ntlmNegotiate: Uint8Array = concat(
  SIGNATURE,
  hex("01000000 058288a2 0000000000000000 0000000000000000 0000000000000000"),
);

/** NegTokenInit of SPNEGO (RFC 4178 §4.2.1) with NTLM as its only mechanism, and its first message. */
export function spnegoNtlm(): Uint8Array {
  const der = (tag: number, ...values: readonly Uint8Array[]): Uint8Array => {
    const value = concat(...values);
    return value.length < 0x80 ? concat(tag, value.length, value) : concat(tag, 0x81, value.length, value);
  };
  const ntlm = hex("06 0a 2b 06 01 04 01 82 37 02 02 0a"); // 1.3.6.1.4.1.311.2.2.10
  const spnego = hex("06 06 2b 06 01 05 05 02"); // 1.3.6.1.5.5.2
  const mechanisms = der(0xa0, der(0x30, ntlm));
  const token = der(0xa2, der(0x04, ntlmNegotiate));
  return der(0x60, spnego, der(0xa0, der(0x30, mechanisms, token)));
}

export interface NtlmChallenge {
  readonly netbiosComputer?: string;
  readonly netbiosDomain?: string;
  readonly dnsComputer?: string;
  readonly dnsDomain?: string;
  readonly dnsTree?: string;
  /** `10.0.20348`: version and build of Windows. */
  readonly version?: string;
}

/** AvId of §2.2.2.1. */
const NAMES = {
  1: "netbiosComputer",
  2: "netbiosDomain",
  3: "dnsComputer",
  4: "dnsDomain",
  5: "dnsTree",
} as const;

const utf16 = new TextDecoder("utf-16le");

/** The first challenge within octets, wherever it stands; undefined where there is none. */
export function findNtlmChallenge(octets: Uint8Array): NtlmChallenge | undefined {
  const at = Buffer.from(octets.buffer, octets.byteOffset, octets.length).indexOf(SIGNATURE);
  if (at < 0) return undefined;
  const message = octets.subarray(at);
  const reader = new OctetReader(message, 8);
  if (reader.u32(true) !== CHALLENGE) return undefined;
  reader.skip(8);
  const flags = reader.u32(true);
  reader.skip(8 + 8);
  const length = reader.u16(true);
  reader.skip(2);
  const offset = reader.u32(true);
  const [major, minor, build] = [reader.u8(), reader.u8(), reader.u16(true)];
  const challenge: { -readonly [K in keyof NtlmChallenge]: NtlmChallenge[K] } = {};
  if ((flags & FLAG_VERSION) !== 0 && !reader.short) challenge.version = `${major}.${minor}.${build}`;
  const pairs = new OctetReader(message.subarray(offset, offset + length));
  for (let count = 0; count < PAIRS_MAX && pairs.left >= 4; count += 1) {
    const id = pairs.u16(true);
    const value = pairs.bytes(pairs.u16(true));
    if (id === 0 || pairs.short) break;
    const name = NAMES[id as keyof typeof NAMES];
    if (name !== undefined) challenge[name] = utf16.decode(value);
  }
  return challenge;
}

/** As details of a service, names with a prefix. */
export function ntlmDetails(challenge: NtlmChallenge): Record<string, string> {
  const shown = {
    "ntlm-netbios-computer": challenge.netbiosComputer,
    "ntlm-netbios-domain": challenge.netbiosDomain,
    "ntlm-dns-computer": challenge.dnsComputer,
    "ntlm-dns-domain": challenge.dnsDomain,
    "ntlm-dns-tree": challenge.dnsTree,
    "ntlm-os-version": challenge.version,
  };
  const details: Record<string, string> = {};
  for (const [name, value] of Object.entries(shown))
    if (value !== undefined && value !== "") details[name] = value;
  return details;
}
