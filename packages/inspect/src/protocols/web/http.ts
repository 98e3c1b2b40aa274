import { MORE, NO, type Protocol } from "../../dissector.js";
import { httpAttributes, httpFindings, httpMalformed } from "./http-facts.js";
import { readHttp } from "./http-reader.js";
import { LINE_PARTIAL, LINE_REQUEST, LINE_RESPONSE, startLineOf } from "./http-start-line.js";

/** Methods are upper-case letters in practice, though any token is allowed (RFC 9110 §9.1). */
export const HTTP_FIRST_OCTETS: readonly number[] = Array.from({ length: 26 }, (_, index) => 0x41 + index);

const RECOGNISED = 1;

export const http: Protocol = {
  name: "http",
  title: "Hypertext Transfer Protocol, version 1",
  spec: "RFC 9110, RFC 9112",
  category: "web",
  attributes: httpAttributes,
  malformed: httpMalformed,
  findings: httpFindings,
  recognises:
    "A request line that ends in HTTP/1.0 or HTTP/1.1 and whose target is a path, or a status line, on any port and in either direction.",
  omits: "Bodies but for their first octets, cookies, and requests of HTTP/0.9.",
  stream: {
    ports: [80, 8080, 8000, 8008, 8081, 8088, 591, 3128],
    firstOctets: HTTP_FIRST_OCTETS,
    dissect(octets, offset, end, flow) {
      if (flow.stage !== RECOGNISED) {
        const line = startLineOf(octets, offset, end);
        if (line === LINE_PARTIAL) return MORE;
        if (line !== LINE_REQUEST && line !== LINE_RESPONSE) return NO;
        flow.stage = RECOGNISED;
      }
      return readHttp(octets, offset, end, flow);
    },
  },
};
