/**
 * Ways out for many addresses: `findRoute` once for each stretch of addresses that share one, instead of once for each.
 *
 * The kernel's answer for an address follows from the most specific routes around it (fib_lookup of each table that the rules
 * send it to), so it can only change where a prefix begins or ends that some route or rule is for. Between two such edges one
 * answer holds for all, but for what the kernel makes of the single address:
 *
 * - Over several next hops (RTA_MULTIPATH) it chooses by a hash of the address. There it is asked each time.
 * - A local route of IPv4 without a source of its own (`ip route add local 198.18.0.0/15 dev lo`) gives the address itself as
 *   source. There too.
 * - The source for IPv6 is chosen by the destination's scope, label and common prefix with each of this machine's addresses
 *   (RFC 6724 §5, rules 1, 2, 6 and 8). Each of these is a matter of prefixes too, and their edges count as well.
 * - What it has learnt of single hosts (redirects, path MTU) it lists as routes to them.
 * - Ranges that are built into it (loopback, multicast, link-local and the like) are listed below.
 */
import { PalisadeError } from "@palisade/base";
import { IPV4_BYTES, IPV6_BYTES, parseIpAddress, u8, u32 } from "@palisade/wire";
import {
  type FindRouteOptions,
  findRoute,
  isRouteShared,
  type PrefixesTold,
  type Route,
  visitRoutePrefixes,
} from "./routes.js";
import { AF_INET, AF_INET6 } from "./system.js";

/**
 * Prefixes of each family that are held; beyond them the kernel is asked about each address. A full BGP table has a million
 * of IPv4 and a quarter of that of IPv6.
 *
 * A prefix makes two edges at most, of 8 octets for IPv4 and 20 for IPv6: 32 MiB and 80 MiB when full, and up to three times
 * that while they are sorted. An address of this machine of IPv6 counts as 128 prefixes.
 */
const PREFIXES_MAX = 2_097_152;
/** Times that the lists are asked for anew because they changed meanwhile; then the kernel is asked about each address. */
const CHANGES_MAX = 5;
/** Room for prefixes to begin with; it doubles when it is full. */
const PREFIXES_ROOM = 1024;

/** What is known of a stretch; from `ROUTE_FIRST` on it is the number of a route. */
const UNASKED = 0;
/** Not asked, and under a route of several next hops. */
const UNASKED_SHARED = 1;
const NO_ROUTE = 2;
const EACH_TIME = 3;
const ROUTE_FIRST = 4;

/** Ranges that the kernel treats apart before or after it looks for a route (net/ipv4/route.c, ip_route_output_key_hash_rcu). */
const IPV4_RANGES = [
  "0.0.0.0/32",
  "0.0.0.0/8",
  "127.0.0.0/8",
  "224.0.0.0/4",
  "224.0.0.0/24",
  "255.255.255.255/32",
];
/** Types and scopes of addresses (net/ipv6/addrconf_core.c, __ipv6_addr_type); scopes of multicast are added to them. */
const IPV6_RANGES = [
  "::/128",
  "::1/128",
  "::/96",
  "::ffff:0:0/96",
  "2000::/3",
  "2001:10::/28",
  "e000::/3",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

export interface RouteMapOptions extends FindRouteOptions {
  /** Prefixes of each family that are held: 2,097,152, which is also the most, or fewer. */
  readonly prefixesMax?: number | undefined;
}

/**
 * Remembers the ways out. Edges are asked for with the first address of a family, and the way through a stretch with the first
 * address in it.
 *
 * Routes may change meanwhile, and nothing tells this map: a stretch keeps the answer that its first address got, and new
 * edges inside it are not noticed. Who wants to see changes makes a new map, which costs some milliseconds (one or two seconds with
 * a full BGP table). What the kernel learns of single hosts while they are scanned (redirects, path MTU) counts as such a change.
 */
export class RouteMap {
  readonly #options: FindRouteOptions;
  readonly #prefixesMax: number;
  #ipv4: Stretches | undefined;
  #ipv6: Stretches | undefined;
  readonly #routes: Route[] = [];
  /** Numbers of routes by all that they say. */
  readonly #numbers = new Map<string, number>();
  #questions = 0;

  constructor(options: RouteMapOptions = {}) {
    this.#options = { interface: options.interface };
    this.#prefixesMax = Math.min(options.prefixesMax ?? PREFIXES_MAX, PREFIXES_MAX);
  }

  /** Questions about single addresses that the kernel was asked; without the lists of prefixes, once for each family. */
  get questions(): number {
    return this.#questions;
  }

  /**
   * What `findRoute` says of the address at `octets[at]`, `undefined` where there is no way (its `LINK_NO_ROUTE`). Takes a
   * binary search and allocates nothing, once an address of the same stretch was asked for. Stretches that say the same share
   * one `Route`, so that `===` tells whether two ways are one; where the kernel is asked each time it is a new object.
   *
   * @param octets holds the whole address
   * @throws {PalisadeError} what else `findRoute` throws, each time
   */
  find(
    octets: Uint8Array,
    at: number,
    addressBytes: typeof IPV4_BYTES | typeof IPV6_BYTES,
  ): Route | undefined {
    const stretches =
      addressBytes === IPV4_BYTES
        ? (this.#ipv4 ??= this.#stretchesOf(AF_INET))
        : (this.#ipv6 ??= this.#stretchesOf(AF_INET6));
    const index = stretches.indexOf(octets, at);
    const answer = stretches.answers[index]!;
    if (answer >= ROUTE_FIRST) return this.#routes[answer - ROUTE_FIRST];
    if (answer === NO_ROUTE) return undefined;
    return this.#ask(stretches, index, octets.slice(at, at + addressBytes));
  }

  #ask(stretches: Stretches, index: number, address: Uint8Array): Route | undefined {
    const { answers } = stretches;
    if (answers[index] === UNASKED_SHARED) {
      this.#questions += 1;
      // A route that is more specific may lead another way than the one with several next hops.
      answers[index] = isRouteShared(address, this.#options) ? EACH_TIME : UNASKED;
    }
    this.#questions += 1;
    const route = this.#findRoute(address);
    if (answers[index] !== UNASKED) return route;
    if (route === undefined) {
      answers[index] = NO_ROUTE;
      return undefined;
    }
    if (route.local && same(route.source, address) && !stretches.isSingle(index)) {
      answers[index] = EACH_TIME;
      return route;
    }
    const number = this.#numberOf(route);
    answers[index] = number;
    return this.#routes[number - ROUTE_FIRST];
  }

  #findRoute(address: Uint8Array): Route | undefined {
    try {
      return findRoute(address, this.#options);
    } catch (error) {
      if (error instanceof PalisadeError && error.code === "LINK_NO_ROUTE") return undefined;
      throw error;
    }
  }

  #numberOf(route: Route): number {
    const key = JSON.stringify(route);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = ROUTE_FIRST + this.#routes.push(route) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  #stretchesOf(family: number): Stretches {
    const words = family === AF_INET ? 1 : 4;
    for (let tries = 0; tries < CHANGES_MAX; tries += 1) {
      const prefixes = new Prefixes(words, this.#prefixesMax);
      const told = collect(family, prefixes);
      if (told === "whole") return Stretches.of(prefixes);
      if (told === "unknown") break;
    }
    return Stretches.unknown(words);
  }
}

function collect(family: number, prefixes: Prefixes): PrefixesTold {
  for (const range of family === AF_INET ? IPV4_RANGES : IPV6_RANGES) {
    const [text = "", bits] = range.split("/");
    const address = parseIpAddress(text);
    if (address === undefined || !prefixes.add(address, 0, Number(bits), false)) return "unknown";
  }
  if (family === AF_INET6) {
    // The second octet of a multicast address holds its flags and its scope (RFC 4291 §2.7).
    const multicast = new Uint8Array(IPV6_BYTES);
    multicast[0] = 0xff;
    for (let scope = 0; scope < 256; scope += 1) {
      multicast[1] = scope;
      if (!prefixes.add(multicast, 0, 16, false)) return "unknown";
    }
  }
  return visitRoutePrefixes(
    family,
    (octets, at, bits, shared) => prefixes.add(octets, at, bits, shared),
    (octets, at) => {
      for (let bits = 1; bits <= IPV6_BYTES * 8; bits += 1) {
        if (!prefixes.add(octets, at, bits, false)) return false;
      }
      return true;
    },
  );
}

/** Prefixes as they come, in typed arrays: the first address in words of 32 bits, the length, whether it is shared. */
class Prefixes {
  /** Words of an address: 1 or 4. */
  readonly words: number;
  readonly #countMax: number;
  count = 0;
  firsts: Uint32Array;
  bits: Uint8Array;
  shared: Uint8Array;

  constructor(words: number, countMax: number) {
    this.words = words;
    this.#countMax = countMax;
    this.firsts = new Uint32Array(PREFIXES_ROOM * words);
    this.bits = new Uint8Array(PREFIXES_ROOM);
    this.shared = new Uint8Array(PREFIXES_ROOM);
  }

  /** @returns `false` where there is no room for it */
  add(octets: Uint8Array, at: number, bits: number, shared: boolean): boolean {
    const { count, words } = this;
    if (count === this.#countMax) return false;
    if (count === this.bits.length) {
      this.firsts = doubled(this.firsts, new Uint32Array(this.firsts.length * 2));
      this.bits = doubled(this.bits, new Uint8Array(count * 2));
      this.shared = doubled(this.shared, new Uint8Array(count * 2));
    }
    for (let word = 0; word < words; word += 1) {
      const mask = maskOf(bits - word * 32);
      // Without bits there may be no address, and no octet is read for one.
      this.firsts[count * words + word] = mask === 0 ? 0 : u32(octets, at + word * 4) & mask;
    }
    this.bits[count] = bits;
    this.shared[count] = shared ? 1 : 0;
    this.count = count + 1;
    return true;
  }
}

function doubled<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** The `bits` upper ones of a word; none below 0, all from 32 on. */
function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffff_ffff : (0xffff_ffff << (32 - bits)) >>> 0;
}

/** All addresses of a family, cut into stretches at the edges of prefixes. */
class Stretches {
  /** First addresses, ascending; the first is of zeros. */
  readonly #starts: Uint32Array;
  readonly #words: number;
  readonly #count: number;
  readonly answers: Uint32Array;

  private constructor(starts: Uint32Array, words: number) {
    this.#starts = starts;
    this.#words = words;
    this.#count = starts.length / words;
    this.answers = new Uint32Array(this.#count);
  }

  /** One stretch, for which the kernel is asked each time. */
  static unknown(words: number): Stretches {
    const stretches = new Stretches(new Uint32Array(words), words);
    stretches.answers.fill(EACH_TIME);
    return stretches;
  }

  static of(prefixes: Prefixes): Stretches {
    const { words, count, firsts, bits, shared } = prefixes;
    const edges = new Uint32Array((1 + 2 * count) * words);
    let used = words;
    for (let prefix = 0; prefix < count; prefix += 1) {
      edges.set(firsts.subarray(prefix * words, (prefix + 1) * words), used);
      used += words;
      edges.set(firsts.subarray(prefix * words, (prefix + 1) * words), used);
      if (stepBehind(edges, used, bits[prefix]!)) used += words;
    }
    const stretches = new Stretches(sorted(edges.subarray(0, used), words), words);
    for (let prefix = 0; prefix < count; prefix += 1) {
      if (shared[prefix] === 1) stretches.#share(firsts, prefix * words, bits[prefix]!);
    }
    return stretches;
  }

  /** Marks the stretches of a prefix, whose edges are known. */
  #share(firsts: Uint32Array, at: number, bits: number): void {
    const words = this.#words;
    const edge = firsts.slice(at, at + words);
    const from = this.#search(edge[0]!, edge[1] ?? 0, edge[2] ?? 0, edge[3] ?? 0);
    const to = stepBehind(edge, 0, bits)
      ? this.#search(edge[0]!, edge[1] ?? 0, edge[2] ?? 0, edge[3] ?? 0)
      : this.#count;
    this.answers.fill(UNASKED_SHARED, from, to);
  }

  /** The stretch of an address. */
  indexOf(octets: Uint8Array, at: number): number {
    return this.#words === 1
      ? this.#search(u32(octets, at), 0, 0, 0)
      : this.#search(u32(octets, at), u32(octets, at + 4), u32(octets, at + 8), u32(octets, at + 12));
  }

  #search(first: number, second: number, third: number, fourth: number): number {
    const starts = this.#starts;
    const words = this.#words;
    let low = 0;
    let high = this.#count;
    // The first start is not above any address, and that at `high` is.
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      const at = middle * words;
      let above: boolean;
      if (starts[at] !== first) above = starts[at]! > first;
      else if (words === 1) above = false;
      else if (starts[at + 1] !== second) above = starts[at + 1]! > second;
      else if (starts[at + 2] !== third) above = starts[at + 2]! > third;
      else above = starts[at + 3]! > fourth;
      if (above) high = middle;
      else low = middle;
    }
    return low;
  }

  /** Whether a stretch is of one address. */
  isSingle(index: number): boolean {
    const words = this.#words;
    const next = this.#starts.slice(index * words, (index + 1) * words);
    // Behind the last address there is none that another stretch could begin with.
    if (!stepBehind(next, 0, words * 32)) return true;
    return next.every((word, number) => word === this.#starts[(index + 1) * words + number]);
  }
}

/** Makes of the first address of a prefix, at `edges[at]`, that behind its last. @returns `false` where there is none */
function stepBehind(edges: Uint32Array, at: number, bits: number): boolean {
  if (bits === 0) return false;
  let word = at + ((bits - 1) >>> 5);
  let sum = edges[word]! + 2 ** (31 - ((bits - 1) & 31));
  edges[word] = sum; // modulo 2^32
  while (sum >= 0x1_0000_0000) {
    if (word === at) return false;
    word -= 1;
    sum = edges[word]! + 1;
    edges[word] = sum;
  }
  return true;
}

/** Ascending, each once; takes `edges` for its work. */
function sorted(edges: Uint32Array, words: number): Uint32Array {
  const ascending = words === 1 ? edges.sort() : sortedWide(edges, words);
  let used = 0;
  for (let at = 0; at < ascending.length; at += words) {
    if (used > 0 && sameWords(ascending, used - words, at, words)) continue;
    ascending.copyWithin(used, at, at + words);
    used += words;
  }
  return ascending.slice(0, used);
}

function sortedWide(edges: Uint32Array, words: number): Uint32Array {
  const order = new Uint32Array(edges.length / words);
  for (let index = 0; index < order.length; index += 1) order[index] = index * words;
  order.sort((left, right) => {
    for (let word = 0; word < words; word += 1) {
      const difference = edges[left + word]! - edges[right + word]!;
      if (difference !== 0) return difference;
    }
    return 0;
  });
  const ascending = new Uint32Array(edges.length);
  for (let index = 0; index < order.length; index += 1) {
    const from = order[index]!;
    for (let word = 0; word < words; word += 1) ascending[index * words + word] = edges[from + word]!;
  }
  return ascending;
}

function sameWords(edges: Uint32Array, left: number, right: number, words: number): boolean {
  for (let word = 0; word < words; word += 1) {
    if (edges[left + word] !== edges[right + word]) return false;
  }
  return true;
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) {
    if (u8(left, index) !== u8(right, index)) return false;
  }
  return true;
}
