/**
 * Versions of QUIC whose first packets can be read, with what differs between them: RFC 9001 §5.2, RFC 9369 §3, the
 * sections 5.2 of draft-ietf-quic-tls-22 … 34, and for Google's own versions the salts of Chromium.
 */
import { hex } from "@palisade/wire";

export interface QuicVersion {
  /** `1`, `2`, `draft-29`, `Q050`, `mvfst-2`. */
  readonly name: string;
  /** From which the keys of Initial packets are derived. */
  readonly salt: Uint8Array;
  /** Prefix of the labels of key derivation: RFC 9001 §5.1, RFC 9369 §3.3.2. */
  readonly label: "quic" | "quicv2";
  /** Long packet type of Initial and Retry: RFC 9000 §17.2, RFC 9369 §3.2. */
  readonly initialType: number;
  readonly retryType: number;
  /** Frames hold a CHLO of Google's QUIC crypto, not TLS. */
  readonly google: boolean;
}

const SALT_V1 = hex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a");
const SALT_V2 = hex("0dede3def700a6db819381be6e269dcbf9bd2ed9");
const SALT_DRAFT_22 = hex("7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a");
const SALT_DRAFT_23 = hex("c3eef712c72ebb5a11a7d2432bb46365bef9f502");
const SALT_DRAFT_29 = hex("afbfec289993d24c9e9786f19c6111e04390a899");
const SALT_Q050 = hex("504574efd066fe2f9d945cfcdbd3a7f0d3b56b45");
const SALT_T050 = hex("7ff579e5acd072915580304c43a2367c60488310");
const SALT_T051 = hex("7a4edef4e7ccee5fa4506c19124fc8ccda6e033d");

function version(name: string, salt: Uint8Array, options: Partial<QuicVersion> = {}): QuicVersion {
  return { name, salt, label: "quic", initialType: 0, retryType: 3, google: false, ...options };
}

const versions = new Map<number, QuicVersion>([
  [0x0000_0001, version("1", SALT_V1)],
  [0x6b33_43cf, version("2", SALT_V2, { label: "quicv2", initialType: 1, retryType: 0 })],
  // Facebook's mvfst numbers its own; 1 is draft 22 and 2 is draft 27 but for the number.
  [0xface_b001, version("mvfst-1", SALT_DRAFT_22)],
  [0xface_b002, version("mvfst-2", SALT_DRAFT_23)],
  // Those after 2 have no published salt; the final one is tried, and a packet that it does not open stays closed.
  [0xface_b00e, version("mvfst-14", SALT_V1)],
  [0xface_b010, version("mvfst-16", SALT_V1)],
  [0x5130_3530, version("Q050", SALT_Q050, { google: true })],
  [0x5430_3530, version("T050", SALT_T050)],
  [0x5430_3531, version("T051", SALT_T051)],
]);

const DRAFT = 0xff00_0000;
for (let draft = 22; draft <= 34; draft += 1) {
  const salt =
    draft === 22 ? SALT_DRAFT_22 : draft <= 28 ? SALT_DRAFT_23 : draft <= 32 ? SALT_DRAFT_29 : SALT_V1;
  versions.set(DRAFT + draft, version(`draft-${draft}`, salt));
}

/** What is known of a version that has RFC 8999's long header and Initial packets; undefined for any other number. */
export function quicVersion(number: number): QuicVersion | undefined {
  return versions.get(number);
}

/** RFC 9000 §15: 0x?a?a?a?a, sent to see that version negotiation works. */
export function isReservedVersion(number: number): boolean {
  return (number & 0x0f0f_0f0f) === 0x0a0a_0a0a;
}

/** Google's versions with its own public header: Q024 … Q043; and Q046, which has a long header but no encryption. */
export const GQUIC_FIRST = 24;
export const GQUIC_LAST = 43;
export const GQUIC_LONG_HEADER = 46;

/** 43 for "Q043"; 0 for what is not `Q`, `0` and two digits. */
export function gquicVersion(number: number): number {
  if (number >>> 16 !== 0x5130) return 0;
  const tens = ((number >>> 8) & 0xff) - 0x30;
  const units = (number & 0xff) - 0x30;
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? tens * 10 + units : 0;
}

/** Any version that somebody has sent in earnest: for the list in a Version Negotiation packet. */
export function isKnownVersion(number: number): boolean {
  return versions.has(number) || gquicVersion(number) >= GQUIC_FIRST || isReservedVersion(number);
}
