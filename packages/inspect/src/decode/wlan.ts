import { u8, u24 } from "@palisade/wire";

const DATA_HEADER_BYTES = 24;
/** The fourth address, where a frame goes from one access point to another. */
const ADDRESS_BYTES = 6;
const QOS_CONTROL_BYTES = 2;
const HT_CONTROL_BYTES = 4;

// First octet of frame control: version, type, subtype. Second: flags.
const VERSION = 0x03;
const TYPE = 0x0c;
const TYPE_DATA = 0x08;
const SUBTYPE_NO_DATA = 0x40;
const SUBTYPE_QOS = 0x80;
const BOTH_DISTRIBUTION_SYSTEMS = 0x03;
const PROTECTED = 0x40;
const HT_CONTROL = 0x80;

/** LLC header with SNAP: both service access points, and unnumbered information. */
const LLC_SNAP = 0xaaaa03;

/**
 * Offset of the LLC header in the IEEE 802.11 frame `octets[start … end)` where that is a data frame, not protected, and
 * carries SNAP (IEEE 802.11 §9.3.2.1); -1 for any other. As a link type of captures 802.11 is not opened.
 */
export function wlanPayload(octets: Uint8Array, start: number, end: number): number {
  if (end - start < DATA_HEADER_BYTES) return -1;
  const first = u8(octets, start);
  const second = u8(octets, start + 1);
  // CAPWAP implementations by Cisco swap the two octets of frame control; the type's place tells.
  const swapped = !isData(first) && (second & (TYPE | VERSION)) === TYPE_DATA;
  const control = swapped ? second : first;
  const flags = swapped ? first : second;
  if (!isData(control) || (control & (VERSION | SUBTYPE_NO_DATA)) !== 0 || (flags & PROTECTED) !== 0)
    return -1;
  let at = start + DATA_HEADER_BYTES;
  if ((flags & BOTH_DISTRIBUTION_SYSTEMS) === BOTH_DISTRIBUTION_SYSTEMS) at += ADDRESS_BYTES;
  if ((control & SUBTYPE_QOS) !== 0) {
    at += QOS_CONTROL_BYTES;
    if ((flags & HT_CONTROL) !== 0) at += HT_CONTROL_BYTES;
  }
  return end - at >= 8 && u24(octets, at) === LLC_SNAP ? at : -1;
}

function isData(control: number): boolean {
  return (control & TYPE) === TYPE_DATA;
}
