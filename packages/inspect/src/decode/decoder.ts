/**
 * From a frame to the innermost transport header, in place: one pass over the headers, no allocation.
 *
 * Layers by file: `link.ts` until IP, `network.ts` IP and what it carries, `transport.ts` ports and payload, `tunnels.ts`
 * what opens another packet inside. Each calls the next one down directly; what a tunnel holds comes back here, and every
 * tunnel is opened as far as `TUNNEL_DEPTH_MAX` IP headers.
 *
 * Three things are done for speed. IPv4, TCP and UDP are asked for before the `switch` over their like, so that V8 inlines
 * what most packets need and leaves the rest out. What is compared for every packet is a constant of the file that compares
 * (`const TCP = IP_PROTOCOL_TCP`): an imported one is read from memory, and checked, at each use (a UDP packet 99 ns, so
 * 88 ns; `npm run bench:micro`, "decode"). And `decodeLink` is one `switch` too large to be inlined: were it inlined here,
 * `Engine.packet` would be too large for its caller, and each packet's time an object (`engine-allocation.test.ts`).
 */
import type { Malformed } from "@palisade/base";
import { Descent, STACK_TOO_DEEP } from "./descent.js";
import {
  decodeLink,
  LINK_TRUNCATED,
  LINK_TYPE_UNKNOWN,
  LLC_TRUNCATED,
  MPLS_TRUNCATED,
  PPPOE_TRUNCATED,
  VLAN_TRUNCATED,
} from "./link.js";
import {
  AH_TRUNCATED,
  decodeNextHeaders,
  decodeUpper,
  IP_LENGTH_IMPOSSIBLE,
  IP_TRUNCATED,
  IP_VERSION_UNKNOWN,
  IPV6_EXTENSION_TRUNCATED,
  IPV6_EXTENSIONS_TOO_MANY,
} from "./network.js";
import type { PacketView } from "./packet-view.js";
import { type PathTable, ROOT_PATH } from "./path-table.js";
import {
  SCTP_TRUNCATED,
  TCP_OFFSET_IMPOSSIBLE,
  TCP_TRUNCATED,
  UDP_LENGTH_IMPOSSIBLE,
  UDP_TRUNCATED,
} from "./transport.js";
import { GRE_TRUNCATED } from "./tunnels.js";

/** What octets of headers can do wrong, outermost layer first. */
export const decodeMalformed: readonly Malformed[] = [
  LINK_TRUNCATED,
  LINK_TYPE_UNKNOWN,
  VLAN_TRUNCATED,
  STACK_TOO_DEEP,
  MPLS_TRUNCATED,
  PPPOE_TRUNCATED,
  LLC_TRUNCATED,
  IP_TRUNCATED,
  IP_VERSION_UNKNOWN,
  IP_LENGTH_IMPOSSIBLE,
  IPV6_EXTENSION_TRUNCATED,
  IPV6_EXTENSIONS_TOO_MANY,
  TCP_TRUNCATED,
  TCP_OFFSET_IMPOSSIBLE,
  UDP_TRUNCATED,
  UDP_LENGTH_IMPOSSIBLE,
  SCTP_TRUNCATED,
  AH_TRUNCATED,
  GRE_TRUNCATED,
];

/** Decodes packets into a `PacketView`, whose paths are nodes of one `PathTable`. Never throws, whatever the octets. */
export class Decoder {
  readonly #descent: Descent;

  constructor(paths: PathTable) {
    this.#descent = new Descent(paths);
  }

  /** IP headers down to the innermost layer of what was decoded last, those of datagrams around it included. */
  get ipHeaders(): number {
    return this.#descent.ipHeaders;
  }

  /**
   * Decodes the frame `octets[offset … end)` of a capture of `linkType` (`LINKTYPE_…`) into `view`, whose number, time and
   * sizes the caller has set.
   */
  frame(view: PacketView, octets: Uint8Array, offset: number, end: number, linkType: number): void {
    const descent = this.#descent;
    descent.begin(view, octets, end);
    view.path = ROOT_PATH;
    view.vlan = 0;
    decodeLink(descent, offset, linkType);
    while (descent.isOpen()) decodeLink(descent, descent.insideAt, descent.takeInside());
  }

  /**
   * Decodes what a reassembled IP datagram carries: `octets[offset … end)` is the datagram without its IP header, of
   * `view.protocol`, and the addresses are taken from `addresses` (source, then destination) in the same octets. It was
   * `wireBytes` long: more than is there where the snap length cut its fragments. `ipHeaders`
   * came before it, its own included: they count against `TUNNEL_DEPTH_MAX`.
   */
  datagram(
    view: PacketView,
    octets: Uint8Array,
    addresses: number,
    offset: number,
    end: number,
    wireBytes: number,
    ipHeaders: number,
  ): void {
    const descent = this.#descent;
    const { protocol, ipVersion } = view;
    descent.begin(view, octets, end);
    descent.ipHeaders = ipHeaders;
    view.ipVersion = ipVersion;
    view.sourceAddress = addresses;
    view.destinationAddress = addresses + (ipVersion === 4 ? 4 : 16);
    // The fragment header may stand before destination options (RFC 8200 §4.1).
    if (ipVersion === 6) decodeNextHeaders(descent, protocol, offset, offset + wireBytes);
    else decodeUpper(descent, protocol, offset, end, wireBytes);
    while (descent.isOpen()) decodeLink(descent, descent.insideAt, descent.takeInside());
  }
}
