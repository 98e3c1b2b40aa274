import { be32, concat, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function sealed(text: string): Uint8Array {
  let key = 171;
  return latin1(text).map((octet) => {
    key ^= octet;
    return key;
  });
}

const request = sealed('{"system":{"get_sysinfo":{}}}');
const answer = sealed(
  '{"system":{"get_sysinfo":{"sw_ver":"1.2.6 Build 200727","model":"HS110(EU)","alias":"attic lamp","relay_state":1,"err_code":0}}}',
);
const framed = (message: Uint8Array): Uint8Array => concat(be32(message.length), message);
const information = {
  "tplink-shp.alias": "attic lamp",
  "tplink-shp.model": "HS110(EU)",
  "tplink-shp.software": "1.2.6 Build 200727",
};

export const tplinkShpExamples: readonly Example[] = [
  {
    title: "devices are looked for, and one answers",
    transport: "udp",
    ports: [49152, 9999],
    exchange: [
      [">", request],
      ["<", answer],
    ],
    protocol: "tplink-shp",
    attributes: information,
    decidedAfter: 1,
  },
  {
    title: "a device is asked over a stream",
    transport: "tcp",
    exchange: [
      [">", framed(request)],
      ["<", framed(answer)],
    ],
    protocol: "tplink-shp",
    attributes: information,
    decidedAfter: 1,
  },
  {
    title: "octets that open to no text are nobody's",
    transport: "udp",
    ports: [49152, 9999],
    exchange: [[">", concat(request.subarray(0, 20), request.subarray(19))]],
    protocol: undefined,
  },
];
