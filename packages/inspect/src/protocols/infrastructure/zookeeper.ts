import { u32, u64 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MORE, NO, type Protocol } from "../../dissector.js";

/** Session time-out that the client asks for or is given, in milliseconds. */
export const ZOOKEEPER_TIMEOUT = attribute("zookeeper.timeout-ms", "number");

/** Length 4, version 4, last transaction 8, time-out 4, session 8, password's length 4, password 16, perhaps read-only 1. */
const REQUEST_BYTES: readonly number[] = [44, 45];
/** As the request, without the last transaction. */
const RESPONSE_BYTES: readonly number[] = [36, 37];
const PASSWORD_BYTES = 16;
const TIMEOUT_MAX_MS = 3_600_000;

export const zookeeper: Protocol = {
  name: "zookeeper",
  title: "Apache ZooKeeper",
  spec: "ZooKeeper sources, zookeeper.jute (ConnectRequest, ConnectResponse)",
  category: "cloud",
  attributes: [ZOOKEEPER_TIMEOUT],
  malformed: [],
  recognises:
    "A connect request or its response: their lengths, version 0, a time-out up to an hour and a password of sixteen octets.",
  omits: "Requests, nodes and watches, and the four-letter commands.",
  stream: {
    ports: [2181],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      if (end - offset < 8) return MORE;
      const length = u32(octets, offset);
      const request = REQUEST_BYTES.includes(length);
      if (!request && !RESPONSE_BYTES.includes(length)) return NO;
      if (u32(octets, offset + 4) !== 0) return NO;
      if (end - offset < 4 + length) return MORE;
      const timeout = offset + (request ? 16 : 8);
      const timeoutMs = u32(octets, timeout);
      if (timeoutMs === 0 || timeoutMs > TIMEOUT_MAX_MS) return NO;
      if (u32(octets, timeout + 12) !== PASSWORD_BYTES) return NO;
      // A response gives a session; only a request may do without one.
      if (!request && u64(octets, timeout + 4) === 0) return NO;
      flow.set(ZOOKEEPER_TIMEOUT, timeoutMs);
      return DONE;
    },
  },
};
