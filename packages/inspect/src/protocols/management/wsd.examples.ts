import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const NAMESPACE = "http://schemas.xmlsoap.org/ws/2005/04/discovery";

function envelope(action: string, body: string): Uint8Array {
  return latin1(
    `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="${NAMESPACE}">
<s:Header><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>${NAMESPACE}/${action}</a:Action>
<a:MessageID>urn:uuid:00000000-0000-4000-8000-000000000001</a:MessageID></s:Header><s:Body>${body}</s:Body></s:Envelope>`,
  );
}

const probe = envelope("Probe", "<d:Probe><d:Types>wsdp:Device</d:Types></d:Probe>");
const matches = envelope(
  "ProbeMatches",
  "<d:ProbeMatches><d:ProbeMatch><d:Types>wsdp:Device pub:Computer</d:Types><d:XAddrs>http://192.0.2.7:5357/device</d:XAddrs></d:ProbeMatch></d:ProbeMatches>",
);

export const wsdExamples: readonly Example[] = [
  {
    title: "devices are looked for and one answers",
    transport: "udp",
    ports: [49152, 3702],
    exchange: [
      [">", probe],
      ["<", matches],
    ],
    protocol: "wsd",
    attributes: {
      "wsd.action": ["Probe", "ProbeMatches"],
      "wsd.types": ["wsdp:Device", "wsdp:Device pub:Computer"],
      "wsd.addresses": ["http://192.0.2.7:5357/device"],
    },
    decidedAfter: 1,
  },
  {
    title: "a document cut short, after the verdict",
    transport: "udp",
    ports: [49152, 3702],
    exchange: [
      [">", probe],
      ["<", matches.subarray(0, matches.length - 1)],
    ],
    protocol: "wsd",
    attributes: { "wsd.action": ["Probe"], "wsd.types": ["wsdp:Device"] },
    findings: ["wsd.truncated"],
  },
  {
    title: "XML that is not about discovery",
    transport: "udp",
    ports: [49152, 3702],
    exchange: [[">", latin1('<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/"/>')]],
    protocol: undefined,
  },
];
