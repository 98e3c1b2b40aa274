/**
 * Filter expressions, tree → tests: what the primitives ask, as loads and comparisons for frames of one link type.
 */
import { PalisadeError } from "@palisade/base";
import {
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_SERVICE_VLAN,
  ETHERTYPE_VLAN,
  ETHERTYPE_VLAN_DOUBLE,
  LINKTYPE_ETHERNET,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_LOOP,
  LINKTYPE_NULL,
  LINKTYPE_RAW,
  LINKTYPE_RAW_DLT,
  LINKTYPE_RAW_OPENBSD_DLT,
  u16,
  u32,
} from "@palisade/wire";
import {
  type Direction,
  ETHER_TYPES,
  ETHERTYPE_RARP,
  type Expression,
  type PortRange,
  PROTOCOL_NUMBERS,
  type Prefix,
  type Qualifiers,
} from "./expression-parser.js";
import { BPF_ANCILLARY_PROTOCOL, type BpfInstruction, bpf, instruction } from "./program.js";

/** Where frames of a link type keep what the primitives ask about. */
interface LinkLayer {
  readonly name: string;
  /** Octets before the network header. */
  readonly networkOffset: number;
  /** How the network protocol is told: an EtherType to load, the IP version's own digits, or an address family. */
  readonly protocol:
    | { readonly kind: "ether-type"; readonly offset: number }
    | { readonly kind: "ip-version" }
    | { readonly kind: "address-family" };
  /** Whether frames begin with two Ethernet addresses. */
  readonly ethernet: boolean;
  /** Octets that the frame will have in the capture before those that the filter is shown. */
  readonly hiddenBytes?: number;
}

const ETHERNET: LinkLayer = {
  name: "Ethernet",
  networkOffset: 14,
  protocol: { kind: "ether-type", offset: 12 },
  ethernet: true,
};
const RAW: LinkLayer = {
  name: "raw IP",
  networkOffset: 0,
  protocol: { kind: "ip-version" },
  ethernet: false,
};
const LOOPBACK: LinkLayer = {
  name: "BSD loopback",
  networkOffset: 4,
  protocol: { kind: "address-family" },
  ethernet: false,
};
const COOKED: LinkLayer = {
  name: "Linux cooked",
  networkOffset: 16,
  protocol: { kind: "ether-type", offset: 14 },
  ethernet: false,
};
const COOKED_2: LinkLayer = {
  name: "Linux cooked v2",
  networkOffset: 20,
  protocol: { kind: "ether-type", offset: 0 },
  ethernet: false,
};
/** A packet socket without link-layer header shows filters the network header, and tells the protocol on request. */
const COOKED_IN_KERNEL: LinkLayer = {
  name: "Linux cooked",
  networkOffset: 0,
  protocol: { kind: "ether-type", offset: BPF_ANCILLARY_PROTOCOL },
  ethernet: false,
  hiddenBytes: COOKED_2.networkOffset,
};

/** The frames of a SOCK_DGRAM packet socket as the kernel shows them to a filter; no LINKTYPE_ has this number. */
export const FILTER_COOKED_IN_KERNEL = -1;

const LINK_LAYERS: ReadonlyMap<number, LinkLayer> = new Map([
  [FILTER_COOKED_IN_KERNEL, COOKED_IN_KERNEL],
  [LINKTYPE_NULL, LOOPBACK],
  [LINKTYPE_ETHERNET, ETHERNET],
  [LINKTYPE_RAW_DLT, RAW],
  [LINKTYPE_RAW_OPENBSD_DLT, RAW],
  [LINKTYPE_RAW, RAW],
  [LINKTYPE_LOOP, LOOPBACK],
  [LINKTYPE_LINUX_SLL, COOKED],
  [LINKTYPE_IPV4, RAW],
  [LINKTYPE_IPV6, RAW],
  [LINKTYPE_LINUX_SLL2, COOKED_2],
]);

/** IEEE 802.1Q, 802.1ad, and the number that stacked tags had before 802.1ad. */
const ETHER_TYPES_VLAN = [ETHERTYPE_VLAN, ETHERTYPE_SERVICE_VLAN, ETHERTYPE_VLAN_DOUBLE] as const;
/** The next header value of a fragment header (RFC 8200 §4.5). */
const PROTOCOL_FRAGMENT = 44;

/** Fields from the start of the IPv4 header (RFC 791 §3.1), IPv6 header (RFC 8200 §3) and ARP packet (RFC 826). */
const ipv4At = { fragment: 6, protocol: 9, source: 12, destination: 16 } as const;
const ipv6At = { nextHeader: 6, source: 8, destination: 24, payload: 40 } as const;
const arpAt = { sender: 14, target: 24 } as const;
const FRAGMENT_OFFSET_MASK = 0x1fff;

/** Tests and how they join; `true` and `false` where frames of the link type leave nothing to test. */
export type Decision =
  | boolean
  | { readonly op: "and" | "or"; readonly left: Decision; readonly right: Decision }
  | { readonly op: "not"; readonly operand: Decision }
  | Test;

/** Loads A, then compares it with `k`. */
export interface Test {
  readonly op: "test";
  readonly load: readonly BpfInstruction[];
  readonly jump: number;
  readonly k: number;
}

/**
 * Binds an expression to a link type.
 *
 * @param linkType a LINKTYPE_ number, or `FILTER_COOKED_IN_KERNEL`
 * @param root `undefined` accepts every frame
 * @throws {PalisadeError} `FILTER_LINK_TYPE` where frames of the link type cannot be asked, or have nothing of what a primitive
 *   asks for
 */
export function lower(root: Expression | undefined, linkType: number): Decision {
  const link = LINK_LAYERS.get(linkType);
  if (link === undefined) {
    throw new PalisadeError("FILTER_LINK_TYPE", `filter: frames of link type ${linkType} cannot be filtered`);
  }
  return root === undefined || new Lowering(link).lower(root);
}

/** Binds an expression to a link layer. Goes through it in the order of the text, since `vlan` moves what follows. */
class Lowering {
  readonly #link: LinkLayer;
  #networkOffset: number;
  #etherTypeOffset: number;

  constructor(link: LinkLayer) {
    this.#link = link;
    this.#networkOffset = link.networkOffset;
    this.#etherTypeOffset = link.protocol.kind === "ether-type" ? link.protocol.offset : 0;
  }

  lower(expression: Expression): Decision {
    switch (expression.op) {
      case "and":
      case "or": {
        const left = this.lower(expression.left);
        const right = this.lower(expression.right);
        return expression.op === "and" ? and(left, right) : or(left, right);
      }
      case "not":
        return not(this.lower(expression.operand));
      case "protocol": {
        const etherType = ETHER_TYPES[expression.name];
        if (etherType !== undefined) return this.#network(etherType);
        const number = PROTOCOL_NUMBERS[expression.name]!;
        if (expression.name === "icmp") return this.#ipv4Protocol(number);
        if (expression.name === "icmp6") return this.#ipv6Protocol(number);
        return or(this.#ipv4Protocol(number), this.#ipv6Protocol(number));
      }
      case "number": {
        const { value, from } = expression;
        if (from.protocol === "ether") return this.#network(value);
        if (from.protocol === "ip") return this.#ipv4Protocol(value);
        if (from.protocol === "ip6") return this.#ipv6Protocol(value);
        return or(this.#ipv4Protocol(value), this.#ipv6Protocol(value));
      }
      case "address":
        return this.#address(expression.prefixes, expression.from);
      case "ether-host": {
        this.#needEthernet(expression.at, "Ethernet addresses");
        const { octets } = expression;
        const matches = (offset: number): Decision =>
          and(equal(half(offset + 4), u16(octets, 4)), equal(word(offset), u32(octets, 0)));
        return directed(expression.from.direction, matches(6), matches(0));
      }
      case "cast":
        return this.#cast(expression);
      case "ports":
        return this.#ports(expression.ranges, expression.from);
      case "vlan":
        return this.#vlan(expression.id, expression.at);
      case "length": {
        const hidden = this.#link.hiddenBytes ?? 0;
        const length = [instruction(bpf.loadLength), ...(hidden === 0 ? [] : [instruction(bpf.add, hidden)])];
        return expression.name === "less"
          ? not({ op: "test", load: length, jump: bpf.jumpGreater, k: expression.octets })
          : { op: "test", load: length, jump: bpf.jumpGreaterOrEqual, k: expression.octets };
      }
    }
  }

  /** The network layer is the one of an EtherType. */
  #network(etherType: number): Decision {
    switch (this.#link.protocol.kind) {
      case "ether-type":
        return equal(half(this.#etherTypeOffset), etherType);
      case "ip-version": {
        if (etherType !== ETHERTYPE_IPV4 && etherType !== ETHERTYPE_IPV6) return false;
        const version = [...byte(0), instruction(bpf.and, 0xf0)];
        return equal(version, etherType === ETHERTYPE_IPV4 ? 0x40 : 0x60);
      }
      case "address-family": {
        // AF_INET is 2 everywhere; AF_INET6 is 24, 28 or 30 by system. LINKTYPE_NULL has the order of the host that
        // captured, LINKTYPE_LOOP network order: both are accepted.
        const families =
          etherType === ETHERTYPE_IPV4 ? [2] : etherType === ETHERTYPE_IPV6 ? [24, 28, 30] : [];
        let any: Decision = false;
        for (const family of families) {
          any = or(any, or(equal(word(0), family), equal(word(0), (family << 24) >>> 0)));
        }
        return any;
      }
    }
  }

  #ipv4Protocol(number: number): Decision {
    return and(this.#network(ETHERTYPE_IPV4), equal(byte(this.#networkOffset + ipv4At.protocol), number));
  }

  #ipv6Protocol(number: number): Decision {
    const nextHeader = byte(this.#networkOffset + ipv6At.nextHeader);
    const inFragment = and(
      equal(nextHeader, PROTOCOL_FRAGMENT),
      equal(byte(this.#networkOffset + ipv6At.payload), number),
    );
    return and(this.#network(ETHERTYPE_IPV6), or(equal(nextHeader, number), inFragment));
  }

  #address(prefixes: readonly Prefix[], { protocol, direction }: Qualifiers): Decision {
    const at = this.#networkOffset;
    const between = (source: number, destination: number): Decision =>
      directed(direction, anyPrefixAt(at + source, prefixes), anyPrefixAt(at + destination, prefixes));
    if (prefixes[0]!.octets.length === 16) {
      return and(this.#network(ETHERTYPE_IPV6), between(ipv6At.source, ipv6At.destination));
    }
    const inIpv4 = and(this.#network(ETHERTYPE_IPV4), between(ipv4At.source, ipv4At.destination));
    const inArp = (etherType: number): Decision =>
      and(this.#network(etherType), between(arpAt.sender, arpAt.target));
    if (protocol === "ip") return inIpv4;
    if (protocol === "arp" || protocol === "rarp") return inArp(ETHER_TYPES[protocol]!);
    return or(inIpv4, or(inArp(ETHERTYPE_ARP), inArp(ETHERTYPE_RARP)));
  }

  #ports(ranges: readonly PortRange[], { protocol, direction }: Qualifiers): Decision {
    const at = this.#networkOffset;
    const numbers = protocol === undefined ? ["sctp", "tcp", "udp"] : [protocol];
    const carries = (offset: number): Decision => {
      let any: Decision = false;
      for (const name of numbers) any = or(any, equal(byte(offset), PROTOCOL_NUMBERS[name]!));
      return any;
    };
    const within = (load: readonly BpfInstruction[]): Decision => {
      let any: Decision = false;
      for (const range of ranges) any = or(any, inRange(load, range));
      return any;
    };
    const ipv6Payload = at + ipv6At.payload;
    const inIpv6 = and(
      carries(at + ipv6At.nextHeader),
      directed(direction, within(half(ipv6Payload)), within(half(ipv6Payload + 2))),
    );
    // Ports are in the first fragment only (RFC 791 §3.2); behind others there is data in their place.
    const first: Decision = not({
      op: "test",
      load: half(at + ipv4At.fragment),
      jump: bpf.jumpAnySet,
      k: FRAGMENT_OFFSET_MASK,
    });
    const behindHeader = (offset: number): readonly BpfInstruction[] => [
      instruction(bpf.loadIndexHeaderLength, at),
      instruction(bpf.loadHalfIndexed, at + offset),
    ];
    const inIpv4 = and(
      carries(at + ipv4At.protocol),
      and(first, directed(direction, within(behindHeader(0)), within(behindHeader(2)))),
    );
    return or(and(this.#network(ETHERTYPE_IPV4), inIpv4), and(this.#network(ETHERTYPE_IPV6), inIpv6));
  }

  #cast({ name, of, at }: Extract<Expression, { op: "cast" }>): Decision {
    const network = this.#networkOffset;
    if (of === "ip") {
      // 224.0.0.0/4 and above (RFC 1112 §4), which takes in the broadcast address as pcap-filter does.
      const load = byte(network + ipv4At.destination);
      return and(this.#network(ETHERTYPE_IPV4), { op: "test", load, jump: bpf.jumpGreaterOrEqual, k: 224 });
    }
    if (of === "ip6") {
      return and(this.#network(ETHERTYPE_IPV6), equal(byte(network + ipv6At.destination), 0xff));
    }
    this.#needEthernet(at, `"${name}"`);
    if (name === "broadcast") return and(equal(half(4), 0xffff), equal(word(0), 0xffff_ffff));
    return { op: "test", load: byte(0), jump: bpf.jumpAnySet, k: 1 };
  }

  #vlan(id: number | undefined, at: number): Decision {
    if (this.#link.protocol.kind !== "ether-type") {
      throw this.#absent(at, "VLAN tags");
    }
    const type = half(this.#etherTypeOffset);
    let tagged: Decision = false;
    for (const etherType of ETHER_TYPES_VLAN) tagged = or(tagged, equal(type, etherType));
    const tag = this.#networkOffset;
    this.#etherTypeOffset = tag + 2;
    this.#networkOffset = tag + 4;
    return id === undefined ? tagged : and(tagged, equal([...half(tag), instruction(bpf.and, 0x0fff)], id));
  }

  #needEthernet(at: number, what: string): void {
    if (!this.#link.ethernet) throw this.#absent(at, what);
  }

  #absent(at: number, what: string): PalisadeError {
    return new PalisadeError(
      "FILTER_LINK_TYPE",
      `filter, column ${at + 1}: frames of this link type (${this.#link.name}) have no ${what}`,
    );
  }
}

function and(left: Decision, right: Decision): Decision {
  if (left === false || right === false) return false;
  if (left === true) return right;
  if (right === true) return left;
  return { op: "and", left, right };
}

function or(left: Decision, right: Decision): Decision {
  if (left === true || right === true) return true;
  if (left === false) return right;
  if (right === false) return left;
  return { op: "or", left, right };
}

function not(operand: Decision): Decision {
  return typeof operand === "boolean" ? !operand : { op: "not", operand };
}

function directed(direction: Direction | undefined, source: Decision, destination: Decision): Decision {
  switch (direction) {
    case "src":
      return source;
    case "dst":
      return destination;
    case "both":
      return and(source, destination);
    default:
      return or(source, destination);
  }
}

function word(offset: number): readonly BpfInstruction[] {
  return [instruction(bpf.loadWord, offset)];
}

function half(offset: number): readonly BpfInstruction[] {
  return [instruction(bpf.loadHalf, offset)];
}

function byte(offset: number): readonly BpfInstruction[] {
  return [instruction(bpf.loadByte, offset)];
}

function equal(load: readonly BpfInstruction[], k: number): Decision {
  return { op: "test", load, jump: bpf.jumpEqual, k };
}

function inRange(load: readonly BpfInstruction[], { low, high }: PortRange): Decision {
  if (low === high) return equal(load, low);
  return and(
    { op: "test", load, jump: bpf.jumpGreaterOrEqual, k: low },
    not({ op: "test", load, jump: bpf.jumpGreater, k: high }),
  );
}

function anyPrefixAt(offset: number, prefixes: readonly Prefix[]): Decision {
  let any: Decision = false;
  for (const prefix of prefixes) any = or(any, prefixAt(offset, prefix));
  return any;
}

/** The address at `offset` begins with the prefix: a comparison for each word that the prefix reaches into. */
function prefixAt(offset: number, { octets, bits }: Prefix): Decision {
  let all: Decision = true;
  for (let index = 0; index * 8 < bits; index += 4) {
    const wordBits = Math.min(bits - index * 8, 32);
    const mask = wordBits === 32 ? 0xffff_ffff : ~(0xffff_ffff >>> wordBits) >>> 0;
    const load = word(offset + index);
    all = and(
      all,
      equal(wordBits === 32 ? load : [...load, instruction(bpf.and, mask)], u32(octets, index) & mask),
    );
  }
  return all;
}
