/**
 * Builders for what carries packets in packets, and for headers between link and network; they nest with those of `build.ts`:
 *
 * ```ts
 * const outer = ipv4({
 *   source: "192.0.2.1",
 *   destination: "192.0.2.2",
 *   payload: udp({ sourcePort: GTPU_PORT, destinationPort: GTPU_PORT, payload: gtpU({ teid: 7, payload: inner }) }),
 * });
 * ```
 */
import { Malformed } from "@palisade/base";
import { parseMac } from "./address.js";
import { type AddressLike, type Built, builtAs, ipv6, NOTHING, remember, written } from "./build.js";
import { ahBytes, emitAh } from "./headers/ah.js";
import { type CapwapClear, capwapBytes, emitCapwap } from "./headers/capwap.js";
import { emitEsp, espBytes } from "./headers/esp.js";
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MPLS,
  ETHERTYPE_PPP,
  ETHERTYPE_PPPOE_DISCOVERY,
  ETHERTYPE_PPPOE_SESSION,
} from "./headers/ethernet.js";
import { emitGeneve, type GeneveOption, geneveBytes } from "./headers/geneve.js";
import { emitGre, type Gre, greBytes } from "./headers/gre.js";
import { emitGtpU, GTPU_G_PDU, type GtpUExtension, gtpUBytes } from "./headers/gtp-u.js";
import {
  IP_PROTOCOL_AH,
  IP_PROTOCOL_ESP,
  IP_PROTOCOL_FRAGMENT,
  IP_PROTOCOL_GRE,
  IP_PROTOCOL_IPV6,
  IP_PROTOCOL_MPLS,
} from "./headers/ip-protocols.js";
import { parseIpv6 } from "./headers/ipv6.js";
import {
  emitIpv6Extensions,
  type Ipv6Extension,
  ipv6ExtensionNumber,
  ipv6ExtensionsBytes,
} from "./headers/ipv6-extensions.js";
import {
  COOKED_TO_US,
  emitLinuxCooked,
  emitLinuxCooked2,
  linuxCooked2Bytes,
  linuxCookedBytes,
} from "./headers/linux-cooked.js";
import {
  emitLlc,
  emitSnap,
  LLC_CONTROL_UNNUMBERED,
  LLC_SAP_SNAP,
  llcBytes,
  SNAP_OUI_ETHERTYPE,
  snapBytes,
} from "./headers/llc.js";
import { emitMpls, type MplsLabel, mplsBytes } from "./headers/mpls.js";
import { emitPpp, PPP_IPV4, PPP_IPV6, PPP_MPLS, pppBytes } from "./headers/ppp.js";
import { emitPppoe, PPPOE_CODE_SESSION, pppoeBytes } from "./headers/pppoe.js";
import { emitTeredo, type TeredoAuthentication, type TeredoOrigin, teredoBytes } from "./headers/teredo.js";
import {
  emitTzsp,
  TZSP_PROTOCOL_ETHERNET,
  TZSP_TYPE_RECEIVED,
  type TzspTag,
  tzspBytes,
} from "./headers/tzsp.js";
import { emitVxlan, vxlanBytes } from "./headers/vxlan.js";

/** The EtherType given, or that of the payload. */
function etherTypeOf(given: number | undefined, payload: Uint8Array, builder: string): number {
  const etherType = given ?? builtAs(payload)?.etherType;
  if (typeof etherType !== "number") throw new RangeError(`${builder}: the payload's EtherType is needed`);
  return etherType;
}

function ipProtocolOf(given: number | undefined, payload: Uint8Array, builder: string): number {
  const protocol = given ?? builtAs(payload)?.ipProtocol;
  if (protocol === undefined) throw new RangeError(`${builder}: the payload's protocol is needed`);
  return protocol;
}

/** Octets with `payload` at their end, whose transport checksum is still open; the number is their own. */
function around(octets: Uint8Array, payload: Uint8Array, ipProtocol: number): Uint8Array {
  const open = builtAs(payload)?.openChecksum;
  const shift = octets.length - payload.length;
  const what: Built = {
    ipProtocol,
    openChecksum: open && {
      ...open,
      start: open.start + shift,
      index: open.index + shift,
      end: open.end + shift,
    },
  };
  return remember(octets, what);
}

/** For `ipv6Extensions`: in the order sent. */
export interface Ipv6ExtensionsOptions {
  readonly extensions: readonly Ipv6Extension[];
  /** Default: what the payload was built as. */
  readonly nextHeader?: number;
  readonly payload?: Uint8Array;
}

/**
 * Extension headers and what follows them, as the payload of `ipv6`.
 *
 * @throws {RangeError} where there is no extension, or the next header is not known from the payload and not given
 */
export function ipv6Extensions(options: Ipv6ExtensionsOptions): Uint8Array {
  const payload = options.payload ?? NOTHING;
  const [first] = options.extensions;
  if (first === undefined) throw new RangeError("ipv6Extensions: at least one extension is needed");
  const nextHeader = ipProtocolOf(options.nextHeader, payload, "ipv6Extensions");
  const chain = { extensions: options.extensions, nextHeader, payload };
  const octets = written(chain, ipv6ExtensionsBytes, emitIpv6Extensions);
  return around(octets, payload, ipv6ExtensionNumber(first));
}

/**
 * The fragments of an IPv6 packet (RFC 8200 §4.5), each with at most `payloadBytesMax` octets, rounded down to a multiple
 * of 8, of what follows the IPv6 header; extension headers are fragmented with the rest.
 *
 * @throws {RangeError} where `packet` is no whole IPv6 packet, or less than 8 octets a fragment are asked for
 */
export function fragmentIpv6(
  packet: Uint8Array,
  payloadBytesMax: number,
  identification: number,
): Uint8Array[] {
  const whole = parseIpv6(packet);
  if (whole instanceof Malformed) throw new RangeError(`fragmentIpv6: ${whole}`);
  const step = payloadBytesMax & ~7;
  if (step < 8) throw new RangeError("fragmentIpv6: a fragment carries at least 8 octets");
  const fragments: Uint8Array[] = [];
  for (let from = 0; from < whole.payload.length; from += step) {
    const payload = ipv6Extensions({
      extensions: [
        {
          kind: "fragment",
          offsetBytes: from,
          moreFragments: from + step < whole.payload.length,
          identification,
        },
      ],
      nextHeader: whole.nextHeader,
      payload: whole.payload.subarray(from, from + step),
    });
    fragments.push(ipv6({ ...whole, nextHeader: IP_PROTOCOL_FRAGMENT, payload }));
  }
  return fragments;
}

/** A header of RFC 4302 §2 for `ah`; the sequence number is 1 by default. */
export interface AhOptions {
  /** Default: what the payload was built as. */
  readonly nextHeader?: number;
  readonly spi: number;
  readonly sequence?: number;
  /** Default: twelve zeros. */
  readonly integrityCheckValue?: Uint8Array;
  readonly payload?: Uint8Array;
}

/** An authentication header, in `ipv4` or `ipv6`. */
export function ah(options: AhOptions): Uint8Array {
  const payload = options.payload ?? NOTHING;
  const packet = {
    nextHeader: ipProtocolOf(options.nextHeader, payload, "ah"),
    spi: options.spi,
    sequence: options.sequence ?? 1,
    integrityCheckValue: options.integrityCheckValue ?? new Uint8Array(12),
    payload,
  };
  return around(written(packet, ahBytes, emitAh), payload, IP_PROTOCOL_AH);
}

/** For `esp`: a security parameters index and a sequence number of 32 bits, the latter 1 by default. */
export interface EspOptions {
  readonly spi: number;
  readonly sequence?: number;
  readonly payload?: Uint8Array;
}

/** Encapsulating security payload (RFC 4303 §2), of which the payload is taken as it is: encrypted, for whoever reads it. */
export function esp(options: EspOptions): Uint8Array {
  const packet = { spi: options.spi, sequence: options.sequence ?? 1, payload: options.payload ?? NOTHING };
  return remember(written(packet, espBytes, emitEsp), { ipProtocol: IP_PROTOCOL_ESP });
}

/** For `gre`: key and sequence number of RFC 2890, 32 bits each, are absent where not given. */
export interface GreOptions {
  /** An EtherType; default: what the payload was built as. */
  readonly protocol?: number;
  /** `true` for the right one; default: none. */
  readonly checksum?: number | true;
  readonly key?: number;
  readonly sequence?: number;
  readonly payload?: Uint8Array;
}

/** GRE of RFC 2784 and RFC 2890. @throws {RangeError} where the EtherType is not known from the payload and not given */
export function gre(options: GreOptions): Uint8Array {
  const payload = options.payload ?? NOTHING;
  const packet: Gre = {
    version: 0,
    protocol: etherTypeOf(options.protocol, payload, "gre"),
    checksum: options.checksum === true ? 0 : options.checksum,
    key: options.key,
    sequence: options.sequence,
    payload,
  };
  const out = new Uint8Array(greBytes(packet));
  emitGre(packet, out, 0, options.checksum === true);
  return remember(out, { ipProtocol: IP_PROTOCOL_GRE });
}

/** For `grePptp`: a call id of 16 bits; the two numbers, of 32 bits, are absent where not given. */
export interface GrePptpOptions {
  readonly callId: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  /** A frame of `ppp`. */
  readonly payload?: Uint8Array;
}

/** GRE version 1, as PPTP has it: RFC 2637 §4.1. */
export function grePptp(options: GrePptpOptions): Uint8Array {
  const packet: Gre = {
    version: 1,
    protocol: ETHERTYPE_PPP,
    callId: options.callId,
    sequence: options.sequence,
    acknowledgement: options.acknowledgement,
    payload: options.payload ?? NOTHING,
  };
  return remember(written(packet, greBytes, emitGre), { ipProtocol: IP_PROTOCOL_GRE });
}

/** For `vxlan`: a network identifier of 24 bits. */
export interface VxlanOptions {
  readonly vni: number;
  /** An Ethernet frame. */
  readonly payload: Uint8Array;
}

/** VXLAN (RFC 7348 §5), for the payload of `udp` to `VXLAN_PORT`. */
export function vxlan(options: VxlanOptions): Uint8Array {
  return written(options, vxlanBytes, emitVxlan);
}

/** For `geneve`: a network identifier of 24 bits; the O and C bits are false by default. */
export interface GeneveOptions {
  readonly vni: number;
  readonly control?: boolean;
  readonly critical?: boolean;
  /** An EtherType; default: what the payload was built as. */
  readonly protocol?: number;
  readonly options?: readonly GeneveOption[];
  readonly payload?: Uint8Array;
}

/**
 * Geneve (RFC 8926 §3.4), for the payload of `udp` to `GENEVE_PORT`.
 *
 * @throws {RangeError} where the EtherType is not known from the payload and not given
 */
export function geneve(options: GeneveOptions): Uint8Array {
  const payload = options.payload ?? NOTHING;
  const packet = {
    control: options.control ?? false,
    critical: options.critical ?? false,
    protocol: etherTypeOf(options.protocol, payload, "geneve"),
    vni: options.vni,
    options: options.options ?? [],
    payload,
  };
  return written(packet, geneveBytes, emitGeneve);
}

/** For `gtpU`: a tunnel identifier of 32 bits; sequence (16 bits) and N-PDU number (8 bits) are absent where not given. */
export interface GtpUOptions {
  /** Default `GTPU_G_PDU`. */
  readonly messageType?: number;
  readonly teid: number;
  readonly sequence?: number;
  readonly nPduNumber?: number;
  readonly extensions?: readonly GtpUExtension[];
  readonly payload?: Uint8Array;
}

/** GTP-U (3GPP TS 29.281 §5), for the payload of `udp` to `GTPU_PORT`. */
export function gtpU(options: GtpUOptions): Uint8Array {
  const packet = {
    messageType: options.messageType ?? GTPU_G_PDU,
    teid: options.teid,
    sequence: options.sequence,
    nPduNumber: options.nPduNumber,
    extensions: options.extensions ?? [],
    payload: options.payload ?? NOTHING,
  };
  return written(packet, gtpUBytes, emitGtpU);
}

/** For `mpls`: labels are 20 bits; of an entry, traffic class is 0 and time to live 64 by default. */
export interface MplsOptions {
  /** Labels or whole entries, top first. */
  readonly labels: readonly (number | Partial<MplsLabel>)[];
  readonly payload?: Uint8Array;
}

/** A stack of MPLS labels (RFC 3032 §2.1), the last marked as its bottom, and what follows. */
export function mpls(options: MplsOptions): Uint8Array {
  const labels = options.labels.map((label) => ({
    label: 0,
    trafficClass: 0,
    timeToLive: 64,
    ...(typeof label === "number" ? { label } : label),
  }));
  const octets = written({ labels, payload: options.payload ?? NOTHING }, mplsBytes, emitMpls);
  return remember(octets, { etherType: ETHERTYPE_MPLS, ipProtocol: IP_PROTOCOL_MPLS });
}

/** For `pppoe`: a session id of 16 bits, default 0. */
export interface PppoeOptions {
  /** Default `PPPOE_CODE_SESSION`. */
  readonly code?: number;
  readonly sessionId?: number;
  /** In a session: what `ppp` built. */
  readonly payload?: Uint8Array;
}

/** PPP over Ethernet (RFC 2516 §4): a session's packet, or one of discovery by its code. */
export function pppoe(options: PppoeOptions): Uint8Array {
  const code = options.code ?? PPPOE_CODE_SESSION;
  const packet = { code, sessionId: options.sessionId ?? 0, payload: options.payload ?? NOTHING };
  const etherType = code === PPPOE_CODE_SESSION ? ETHERTYPE_PPPOE_SESSION : ETHERTYPE_PPPOE_DISCOVERY;
  return remember(written(packet, pppoeBytes, emitPppoe), { etherType });
}

/** A frame of RFC 1661 §2 for `ppp`. */
export interface PppOptions {
  /** Default: what the payload was built as. */
  readonly protocol?: number;
  /** Default `false`. */
  readonly addressAndControl?: boolean;
  readonly payload?: Uint8Array;
}

/** A PPP frame. @throws {RangeError} where the protocol is not known from the payload and not given */
export function ppp(options: PppOptions): Uint8Array {
  const payload = options.payload ?? NOTHING;
  const protocol = options.protocol ?? PPP_PROTOCOLS.get(builtAs(payload)?.etherType);
  if (protocol === undefined) throw new RangeError("ppp: the payload's protocol is needed");
  const frame = { addressAndControl: options.addressAndControl ?? false, protocol, payload };
  return remember(written(frame, pppBytes, emitPpp), { etherType: ETHERTYPE_PPP });
}

const PPP_PROTOCOLS: ReadonlyMap<number | "length" | undefined, number> = new Map([
  [ETHERTYPE_IPV4, PPP_IPV4],
  [ETHERTYPE_IPV6, PPP_IPV6],
  [ETHERTYPE_MPLS, PPP_MPLS],
]);

/** A frame of IEEE 802.2 §3.2 for `llc`: service access points of 8 bits. */
export interface LlcOptions {
  readonly destinationSap: number;
  readonly sourceSap: number;
  /** Default `LLC_CONTROL_UNNUMBERED`. */
  readonly control?: number;
  readonly payload?: Uint8Array;
}

/** A frame after a length: `ethernet({ payload: llc(…) })` writes one. */
export function llc(options: LlcOptions): Uint8Array {
  const control = options.control ?? LLC_CONTROL_UNNUMBERED;
  const frame = { ...options, control, payload: options.payload ?? NOTHING };
  return remember(written(frame, llcBytes, emitLlc), { etherType: "length" });
}

/** For `snap`: an organization of 24 bits and its protocol of 16. */
export interface SnapOptions {
  /** Default `SNAP_OUI_ETHERTYPE`. */
  readonly oui?: number;
  /** Default: the EtherType that the payload was built as. */
  readonly protocol?: number;
  readonly payload?: Uint8Array;
}

/** LLC and SNAP headers: RFC 1042. */
export function snap(options: SnapOptions): Uint8Array {
  const payload = options.payload ?? NOTHING;
  const frame = {
    oui: options.oui ?? SNAP_OUI_ETHERTYPE,
    protocol: etherTypeOf(options.protocol, payload, "snap"),
    payload,
  };
  return llc({
    destinationSap: LLC_SAP_SNAP,
    sourceSap: LLC_SAP_SNAP,
    payload: written(frame, snapBytes, emitSnap),
  });
}

/** For `linuxCooked` and `linuxCooked2`. */
export interface LinuxCookedOptions {
  /** Default `COOKED_TO_US`. */
  readonly packetType?: number;
  /** ARPHRD_ number; default 1, Ethernet. */
  readonly hardwareType?: number;
  /** At most eight octets; default a hardware address for documentation. */
  readonly address?: AddressLike;
  /** Default: what the payload was built as. */
  readonly protocol?: number;
  readonly payload?: Uint8Array;
}

/** A packet of LINKTYPE_LINUX_SLL. @throws {RangeError} where the address is none, or the protocol is not known */
export function linuxCooked(options: LinuxCookedOptions): Uint8Array {
  return written(cookedFrame(options, "linuxCooked"), linuxCookedBytes, emitLinuxCooked);
}

/** A packet of LINKTYPE_LINUX_SLL2; the interface index is 1 by default. @throws {RangeError} as `linuxCooked` */
export function linuxCooked2(options: LinuxCookedOptions & { readonly interfaceIndex?: number }): Uint8Array {
  const frame = { ...cookedFrame(options, "linuxCooked2"), interfaceIndex: options.interfaceIndex ?? 1 };
  return written(frame, linuxCooked2Bytes, emitLinuxCooked2);
}

function cookedFrame(options: LinuxCookedOptions, builder: string) {
  const payload = options.payload ?? NOTHING;
  const given = options.address ?? "00:00:5e:00:53:01";
  const address = typeof given === "string" ? parseMac(given) : given;
  if (address === undefined) throw new RangeError(`${builder}: not a hardware address: ${given}`);
  return {
    packetType: options.packetType ?? COOKED_TO_US,
    hardwareType: options.hardwareType ?? 1,
    addressLength: address.length,
    address,
    protocol: etherTypeOf(options.protocol, payload, builder),
    payload,
  };
}

/** For `teredo`: indications of RFC 4380 §5.1.1, absent where not given. */
export interface TeredoOptions {
  readonly authentication?: TeredoAuthentication;
  readonly origin?: TeredoOrigin;
  /** A packet of `ipv6`. */
  readonly payload: Uint8Array;
}

/** @throws {RangeError} where the payload was built as something else than IPv6 */
export function teredo(options: TeredoOptions): Uint8Array {
  const known = builtAs(options.payload);
  if (known !== undefined && known.ipProtocol !== IP_PROTOCOL_IPV6) {
    throw new RangeError("teredo: the payload is an IPv6 packet");
  }
  const { authentication, origin, payload } = options;
  return written({ authentication, origin, payload }, teredoBytes, emitTeredo);
}

/** For `tzsp`: tagged fields come before the frame, default none. */
export interface TzspOptions {
  /** Default `TZSP_TYPE_RECEIVED`. */
  readonly type?: number;
  /** Default `TZSP_PROTOCOL_ETHERNET`. */
  readonly protocol?: number;
  readonly tags?: readonly TzspTag[];
  readonly payload?: Uint8Array;
}

/** TaZmen Sniffer Protocol, version 1, for the payload of `udp` to `TZSP_PORT`. */
export function tzsp(options: TzspOptions): Uint8Array {
  const packet = {
    type: options.type ?? TZSP_TYPE_RECEIVED,
    protocol: options.protocol ?? TZSP_PROTOCOL_ETHERNET,
    tags: options.tags ?? [],
    payload: options.payload ?? NOTHING,
  };
  return written(packet, tzspBytes, emitTzsp);
}

/** A clear CAPWAP packet for IEEE 802.11 radios; what else is not given is zero, false or absent. */
export function capwap(options: Partial<Omit<CapwapClear, "kind">>): Uint8Array {
  const packet: CapwapClear = {
    kind: "clear",
    radioId: 0,
    wirelessBinding: 1,
    nativeFrame: false,
    fragment: false,
    lastFragment: false,
    keepAlive: false,
    fragmentId: 0,
    fragmentOffsetBytes: 0,
    radioMac: undefined,
    wirelessInformation: undefined,
    payload: NOTHING,
    ...options,
  };
  return written(packet, capwapBytes, emitCapwap);
}
