/**
 * Decoys: senders' addresses that copies of each probe seem to come from, so that whoever watches the target sees many who ask
 * and cannot tell which of them is real. The words are nmap's (its reference guide, "Firewall/IDS Evasion and Spoofing", `-D`).
 */
import { PalisadeError } from "@palisade/base";
import {
  type Cidr,
  cidrContains,
  formatIpAddress,
  IPV4_BYTES,
  IPV6_BYTES,
  parseCidr,
  parseIpAddress,
  put32,
} from "@palisade/wire";

/** Each decoy makes one more packet of every probe, and one more machine that gets what it did not ask for. */
export const DECOYS_MAX = 128;
/** Longer text is not read: 128 addresses of IPv6 with commas are 6,000 characters. */
export const DECOYS_CHARACTERS_MAX = 8_192;

/** Whom copies of each probe come from, in the order that they leave in. */
export interface Decoys {
  /** Without our own: 1 … `DECOYS_MAX`, each of 4 octets or each of 16, and none twice. */
  readonly addresses: readonly Uint8Array[];
  /** How many of them leave before our own: 0 … `addresses.length`. */
  readonly ownAt: number;
}

/**
 * Reads `192.0.2.1,ME,RND:5`: addresses, `ME` for our own among them, `RND` or `RND:n` for that many addresses by chance.
 * Packets leave in the order of the list. Without `ME` our own has a place by chance.
 *
 * Addresses by chance are of those that are given to networks of the public Internet (`isPublicUnicast`), and are chosen here,
 * once: a decoy that is another one with each probe is told apart by that.
 *
 * @param random 0 … 1, exclusive
 * @throws {PalisadeError} `SCAN_EVASION_DECOYS`
 */
export function parseDecoys(text: string, version: 4 | 6, random: () => number = Math.random): Decoys {
  if (text.length > DECOYS_CHARACTERS_MAX) {
    throw refusal(
      `the list of decoys has ${text.length} characters: ${DECOYS_CHARACTERS_MAX} are read at most, give fewer`,
    );
  }
  const addresses: Uint8Array[] = [];
  let ownAt: number | undefined;
  for (const part of text.split(",")) {
    const word = part.trim();
    if (/^me$/i.test(word)) {
      if (ownAt !== undefined)
        throw refusal("the list of decoys has ME twice: our own address has one place in it");
      ownAt = addresses.length;
    } else if (/^rnd(?::|$)/i.test(word)) {
      const count = countOf(word);
      checkRoom(addresses.length + count);
      for (let nth = 0; nth < count; nth += 1) addresses.push(addressByChance(version, random, addresses));
    } else {
      checkRoom(addresses.length + 1);
      addresses.push(addressOf(word, version, addresses));
    }
  }
  if (addresses.length === 0)
    throw refusal("the list of decoys holds nobody but ME: give other addresses, or RND:5");
  return { addresses, ownAt: ownAt ?? Math.floor(random() * (addresses.length + 1)) };
}

/**
 * Whether an address is of those that IANA has handed on for use on the public Internet.
 *
 * IPv4: all but IANA's IPv4 Special-Purpose Address Registry (RFC 6890, as of 2025), multicast (224/4) and 240/4. IPv6: the five
 * /12 that the regional registries assign from (IANA, IPv6 Global Unicast Address Assignments, 2006 on); there is more, in small
 * pieces, but of the rest of 2000::/3 nothing is in use.
 *
 * @param octets 4 or 16 of them
 */
export function isPublicUnicast(octets: Uint8Array): boolean {
  const within = (prefix: Cidr): boolean => cidrContains(prefix, octets);
  return octets.length === IPV4_BYTES ? !IPV4_NOT_PUBLIC.some(within) : IPV6_ASSIGNED.some(within);
}

const IPV4_NOT_PUBLIC = prefixes(
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.31.196.0/24",
  "192.52.193.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "192.175.48.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
);

const IPV6_ASSIGNED = prefixes("2400::/12", "2600::/12", "2800::/12", "2a00::/12", "2c00::/12");

/** What can be nobody's address: RFC 1122 §3.2.1.3 and RFC 4291 §2.5.2, §2.7. Raw sockets write our own for the unspecified one. */
const NO_SENDER = prefixes("0.0.0.0/32", "224.0.0.0/4", "255.255.255.255/32", "::/128", "ff00::/8");

function prefixes(...texts: readonly string[]): readonly Cidr[] {
  return texts.map((text) => parseCidr(text)!);
}

function countOf(word: string): number {
  const digits = /^rnd(?::([1-9]\d{0,5}))?$/i.exec(word);
  if (digits === null) {
    throw refusal(`"${word}" is no number of decoys: write RND, or RND:5 for five addresses by chance`);
  }
  return Number(digits[1] ?? 1);
}

function checkRoom(count: number): void {
  if (count > DECOYS_MAX) {
    throw refusal(`the list has ${count} decoys or more: each probe has ${DECOYS_MAX} at most, give fewer`);
  }
}

function addressOf(word: string, version: 4 | 6, known: readonly Uint8Array[]): Uint8Array {
  if (word === "") throw refusal("the list of decoys has an empty place: write it as in 192.0.2.1,ME,RND:5");
  const address = parseIpAddress(word);
  if (address === undefined) {
    throw refusal(
      `"${word}" is no address, and names of decoys are not looked up: write it as in 192.0.2.1,ME,RND:5`,
    );
  }
  if (address.length !== bytesOf(version)) {
    throw refusal(
      `the decoy ${word} is not of IPv${version} as the targets are: give one that is, or scan the other targets apart`,
    );
  }
  if (NO_SENDER.some((prefix) => cidrContains(prefix, address))) {
    throw refusal(`the decoy ${word} can be no sender's address: give the address of one host`);
  }
  if (has(known, address))
    throw refusal(`the decoy ${formatIpAddress(address)} is listed twice: once is enough`);
  return address;
}

/** A step between numbers of 32 bits that comes to all of them: any odd one does. */
const STEP = 0x9e37_79b1;

function addressByChance(version: 4 | 6, random: () => number, known: readonly Uint8Array[]): Uint8Array {
  const octets = new Uint8Array(bytesOf(version));
  if (version === 6) {
    const prefix = IPV6_ASSIGNED[Math.floor(random() * IPV6_ASSIGNED.length)]!;
    for (let index = 1; index < octets.length; index += 1) octets[index] = Math.floor(random() * 256);
    octets[0] = prefix.address[0]!;
    octets[1] = octets[1]! & 0x0f;
  }
  const lastAt = octets.length - 4;
  let last = Math.floor(random() * 0x1_0000_0000);
  for (;;) {
    put32(octets, lastAt, last);
    if (isPublicUnicast(octets) && !has(known, octets)) return octets;
    last = (last + STEP) >>> 0;
  }
}

function bytesOf(version: 4 | 6): number {
  return version === 4 ? IPV4_BYTES : IPV6_BYTES;
}

function has(known: readonly Uint8Array[], address: Uint8Array): boolean {
  return known.some(
    (other) => other.length === address.length && other.every((octet, index) => octet === address[index]),
  );
}

function refusal(message: string): PalisadeError {
  return new PalisadeError("SCAN_EVASION_DECOYS", message);
}
