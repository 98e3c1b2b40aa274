import { MORE, NO, type Protocol } from "../../dissector.js";
import { HTTP_FIRST_OCTETS } from "./http.js";
import { httpAttributes, httpFindings, httpMalformed } from "./http-facts.js";
import { readHttp } from "./http-reader.js";
import { LINE_PARTIAL, LINE_PROXY_REQUEST, startLineOf } from "./http-start-line.js";

const RECOGNISED = 1;

export const httpProxy: Protocol = {
  name: "http-proxy",
  title: "HTTP through a proxy",
  spec: "RFC 9112 §3.2.2, RFC 9110 §9.3.6 (CONNECT)",
  category: "web",
  attributes: httpAttributes,
  malformed: httpMalformed,
  findings: httpFindings,
  recognises:
    "A request line that ends in HTTP/1.0 or HTTP/1.1 and has a whole URI for its target, or the method CONNECT.",
  omits:
    "Bodies but for their first octets; what a CONNECT tunnel carries is read as a flow of its own kind.",
  stream: {
    ports: [3128, 8080, 8118],
    firstOctets: HTTP_FIRST_OCTETS,
    dissect(octets, offset, end, flow) {
      if (flow.stage !== RECOGNISED) {
        const line = startLineOf(octets, offset, end);
        if (line === LINE_PARTIAL) return MORE;
        if (line !== LINE_PROXY_REQUEST) return NO;
        flow.stage = RECOGNISED;
      }
      return readHttp(octets, offset, end, flow);
    },
  },
};
