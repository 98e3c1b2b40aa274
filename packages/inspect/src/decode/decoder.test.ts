import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ethernet, gre, ipv4, LINKTYPE_RAW, vxlan } from "@palisade/wire";
import {
  CLIENT,
  decode,
  inner4,
  innerFrame,
  inUdp,
  OUTER_DESTINATION,
  OUTER_SOURCE,
  SERVER,
} from "./decoder.build.js";
import { TUNNEL_DEPTH_MAX } from "./descent.js";

describe("tunnels inside one another", () => {
  it(`opens ${TUNNEL_DEPTH_MAX} IP headers, and leaves what is inside the last as its payload`, () => {
    const nested = (headers: number) => {
      let packet = inner4();
      for (let depth = 1; depth < headers; depth += 1)
        packet = ipv4({ source: OUTER_SOURCE, destination: OUTER_DESTINATION, payload: packet });
      return decode(ethernet({ payload: packet }));
    };
    const most = nested(TUNNEL_DEPTH_MAX);
    assert.equal(most.path, `eth${".ip".repeat(TUNNEL_DEPTH_MAX)}.udp`);
    assert.equal(most.source, CLIENT);
    const more = nested(TUNNEL_DEPTH_MAX + 4);
    assert.equal(more.path, `eth${".ip".repeat(TUNNEL_DEPTH_MAX)}.ip-other`);
    assert.equal(more.source, OUTER_SOURCE);
    assert.equal(more.malformed, undefined);
  });

  it("opens tunnels of all kinds inside one another no deeper", () => {
    let frame = innerFrame();
    for (let depth = 0; depth < 12; depth += 1) frame = inUdp(4789, vxlan({ vni: depth, payload: frame }));
    assert.equal(decode(frame).path, `${"eth.ip.udp.vxlan.".repeat(TUNNEL_DEPTH_MAX - 1)}eth.ip.udp`);
    let packet = inner4();
    for (let depth = 0; depth < 12; depth += 1)
      packet = ipv4({ source: CLIENT, destination: SERVER, payload: gre({ payload: packet }) });
    assert.ok(decode(packet, LINKTYPE_RAW).path.split(".").length < 2 * TUNNEL_DEPTH_MAX + 2);
  });
});
