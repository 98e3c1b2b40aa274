import { u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MORE, NO, type Protocol } from "../../dissector.js";

/** The test's cookie: its control and its data connections have the same. */
export const IPERF3_COOKIE = attribute("iperf3.cookie", "text");

const COOKIE_CHARACTERS = 36;

export const iperf3: Protocol = {
  name: "iperf3",
  title: "iperf3",
  spec: "iperf 3 sources, iperf_util.c (make_cookie), iperf_client_api.c (iperf_connect)",
  category: "network",
  attributes: [IPERF3_COOKIE],
  malformed: [],
  recognises:
    "A stream that begins with a cookie: 36 letters a to z and digits 2 to 7, ended by a zero octet.",
  omits: "Parameters and results, and tests over UDP.",
  stream: {
    ports: [5201],
    firstOctets: Array.from("abcdefghijklmnopqrstuvwxyz234567", (character) => character.charCodeAt(0)),
    dissect(octets, offset, end, flow) {
      const cookieEnd = offset + COOKIE_CHARACTERS;
      for (let at = offset; at < Math.min(end, cookieEnd); at += 1) {
        const octet = u8(octets, at);
        const letter = octet >= 0x61 && octet <= 0x7a;
        if (!letter && (octet < 0x32 || octet > 0x37)) return NO;
      }
      if (end <= cookieEnd) return MORE;
      if (u8(octets, cookieEnd) !== 0) return NO;
      flow.text(IPERF3_COOKIE, octets, offset, cookieEnd);
      return DONE;
    },
  },
};
