/**
 * What the layers hand to one another on the way down a packet. They call downwards only, from link to network to
 * transport to tunnels; what a tunnel holds begins at the top again, so it is left here for `Decoder` to go on with.
 */
import { Malformed } from "@palisade/base";
import type { PacketView } from "./packet-view.js";
import type { PathTable } from "./path-table.js";

/** IP headers in one packet, those of reassembled datagrams around it included; a further one is left as the payload of the last. */
export const TUNNEL_DEPTH_MAX = 8;
/**
 * VLAN tags, MPLS labels, authentication headers and Ethernet headers in Ethernet in one packet, together; IPv6 extension
 * headers in one packet, of all its IPv6 headers together; extension headers of each GTP-U header. What a reassembled
 * datagram carries is a packet of its own here.
 */
export const STACK_DEPTH_MAX = 16;

/** More headers than `STACK_DEPTH_MAX` on top of one another. */
export const STACK_TOO_DEEP = new Malformed("link.stack-too-deep");

// What a tunnel holds, where it is not `LINKTYPE_ETHERNET`: numbers that no link type has.
const INSIDE_NOTHING = -1;
/** IPv4 or IPv6, as the version says. */
export const INSIDE_IP = -2;
export const INSIDE_LLC = -3;
export const INSIDE_MPLS = -4;
export const INSIDE_PPP = -5;

/** One object, used again for every packet. Offsets index `view.octets`. */
export class Descent {
  view: PacketView = undefined as never;
  /** What is read lies before: the end of the captured frame, or less where a header's length field said so. */
  end = 0;
  /** IP headers read. */
  ipHeaders = 0;
  /** IPv6 extension headers met. */
  extensions = 0;
  /** Where what a tunnel holds begins. */
  insideAt = 0;
  readonly #paths: PathTable;
  #inside = INSIDE_NOTHING;
  /** Headers that count against `STACK_DEPTH_MAX`. */
  #stack = 0;

  constructor(paths: PathTable) {
    this.#paths = paths;
  }

  /** Sets what every packet begins with: nothing decoded in `octets[… end)`. Path and VLAN are the caller's. */
  begin(view: PacketView, octets: Uint8Array, end: number): void {
    this.view = view;
    this.end = end;
    this.ipHeaders = 0;
    this.extensions = 0;
    this.#inside = INSIDE_NOTHING;
    this.#stack = 0;
    view.octets = octets;
    view.ipVersion = 0;
    view.malformed = undefined;
    view.protocol = 0;
    view.fragment = false;
    view.sourcePort = 0;
    view.destinationPort = 0;
    view.transportRead = false;
    view.payload = end;
    view.payloadEnd = end;
    view.payloadBytes = 0;
    view.tcpFlags = 0;
  }

  /** Adds a layer (`LAYER.udp`) to the packet's path. */
  push(layer: number): void {
    this.view.path = this.#paths.child(this.view.path, layer);
  }

  /** The octets lied; what was told first stays. */
  malformed(malformed: Malformed): void {
    this.view.malformed ??= malformed;
  }

  /** Counts a header against `STACK_DEPTH_MAX`; false, and told, where it is one too many. */
  stacks(): boolean {
    this.#stack += 1;
    if (this.#stack <= STACK_DEPTH_MAX) return true;
    this.malformed(STACK_TOO_DEEP);
    return false;
  }

  /** Whether there are as many IP headers as `TUNNEL_DEPTH_MAX`: no further tunnel is opened. */
  isDeep(): boolean {
    return this.ipHeaders >= TUNNEL_DEPTH_MAX;
  }

  /** Whether a tunnel was opened, whose contents are to be decoded. */
  isOpen(): boolean {
    return this.#inside !== INSIDE_NOTHING;
  }

  /** What was opened, which from now on is not. */
  takeInside(): number {
    const inside = this.#inside;
    this.#inside = INSIDE_NOTHING;
    return inside;
  }

  /** Leaves what a tunnel holds, `octets[at … end)`, to be decoded when this layer returns: see `decodeLink`. */
  open(inside: number, at: number, end: number): void {
    this.#inside = inside;
    this.insideAt = at;
    this.end = end;
  }
}
