import { startsWith, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";

/** Telegram types: 1 transfer, 2 status. */
export const ETHERSIO_TELEGRAM = attribute("ethersio.telegram", "number", { many: true });

const MAGIC = "ESIO";
const HEADER_BYTES = 12;
const TELEGRAM_MAX = 2;

export const ethersio: Protocol = {
  name: "ethersio",
  title: "Ether-S-I/O",
  spec: "Saia Burgess Controls, Ether-S-I/O between PCD controllers and remote inputs and outputs",
  category: "industrial",
  attributes: [ETHERSIO_TELEGRAM],
  malformed: [],
  recognises: "A datagram that begins with ESIO and a defined telegram type.",
  omits: "Stations and their inputs and outputs.",
  datagram: {
    ports: [6060],
    firstOctets: [0x45],
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES || !startsWith(octets, offset, end, MAGIC)) return NO;
      const telegram = u16(octets, offset + 4);
      if (telegram < 1 || telegram > TELEGRAM_MAX) return NO;
      flow.set(ETHERSIO_TELEGRAM, telegram);
      return MATCH;
    },
  },
};
