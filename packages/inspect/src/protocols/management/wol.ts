import { Malformed } from "@palisade/base";
import { formatMac, MAC_BYTES, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";

/** Hardware address of the machine to be woken. */
export const WOL_TARGET = attribute("wol.target", "text", { many: true });

/** Sixteen repetitions that are not the same. */
export const WOL_REPETITION_WRONG = new Malformed("wol.repetition-wrong");

const SYNCHRONISATION_BYTES = 6;
const REPETITIONS = 16;
const MAGIC_BYTES = SYNCHRONISATION_BYTES + REPETITIONS * MAC_BYTES;
/** A SecureOn password of four or six octets may follow. */
const PASSWORD_BYTES: readonly number[] = [0, 4, 6];

export const wol: Protocol = {
  name: "wol",
  title: "Wake-on-LAN",
  spec: "AMD publication 20213, 'Magic Packet Technology'",
  category: "management",
  attributes: [WOL_TARGET],
  malformed: [WOL_REPETITION_WRONG],
  recognises:
    "Six octets of 255, then one hardware address sixteen times, then nothing or a password of four or six octets.",
  omits: "Magic packets inside other data.",
  // Sent to discard, echo or any port, since nobody listens.
  datagram: {
    ports: [],
    firstOctets: [0xff],
    dissect(octets, offset, end, flow) {
      if (!PASSWORD_BYTES.includes(end - offset - MAGIC_BYTES)) return NO;
      if (u32(octets, offset) !== 0xffff_ffff || u16(octets, offset + 4) !== 0xffff) return NO;
      const target = offset + SYNCHRONISATION_BYTES;
      for (let index = target + MAC_BYTES; index < offset + MAGIC_BYTES; index += 1) {
        if (octets[index] !== octets[index - MAC_BYTES]) return WOL_REPETITION_WRONG;
      }
      // All ones throughout address no machine.
      if (u32(octets, target) === 0xffff_ffff && u16(octets, target + 4) === 0xffff) return NO;
      if (flow.wants(WOL_TARGET)) flow.set(WOL_TARGET, formatMac(octets, target));
      return MATCH;
    },
  },
};
