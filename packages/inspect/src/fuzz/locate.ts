/**
 * Where things stand in a frame, as far as that is easily told: Ethernet, VLAN tags, one IP header, its transport. The
 * mutator aims with it; what it cannot tell it leaves to chance.
 */
import { LINKTYPE_ETHERNET, LINKTYPE_RAW, u8, u16 } from "@palisade/wire";
import type { Frame } from "./frames.js";

/** Offsets in the frame; -1 for what is not there. */
export interface Located {
  ip: number;
  transport: number;
  /** IP protocol of the transport. */
  protocol: number;
  payload: number;
}

const located: Located = { ip: -1, transport: -1, protocol: -1, payload: -1 };

/** The result is one reused object, valid until the next call. */
export function locate(frame: Frame): Located {
  const { octets, linkType } = frame;
  located.ip = -1;
  located.transport = -1;
  located.protocol = -1;
  located.payload = -1;
  let at = 0;
  if (linkType === LINKTYPE_ETHERNET) {
    at = 12;
    while (at + 2 <= octets.length && (u16(octets, at) === 0x8100 || u16(octets, at) === 0x88a8)) at += 4;
    at += 2;
  } else if (linkType !== LINKTYPE_RAW) {
    return located;
  }
  if (at + 20 > octets.length) return located;
  const version = u8(octets, at) >>> 4;
  if (version === 4) {
    located.ip = at;
    located.transport = at + (u8(octets, at) & 0x0f) * 4;
    located.protocol = u8(octets, at + 9);
  } else if (version === 6 && at + 40 <= octets.length) {
    located.ip = at;
    located.transport = at + 40;
    located.protocol = u8(octets, at + 6);
  }
  const { transport } = located;
  if (transport < 0 || transport + 8 > octets.length) return located;
  if (located.protocol === 17) located.payload = transport + 8;
  else if (located.protocol === 6 && transport + 20 <= octets.length)
    located.payload = transport + (u8(octets, transport + 12) >>> 4) * 4;
  if (located.payload > octets.length) located.payload = -1;
  return located;
}
