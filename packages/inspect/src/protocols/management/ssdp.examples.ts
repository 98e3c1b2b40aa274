import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

/** Lines with CR LF, and the empty line that ends the fields. */
function message(...lines: readonly string[]): Uint8Array {
  return latin1(`${lines.join("\r\n")}\r\n\r\n`);
}

// UPnP Device Architecture 2.0 §1.3.2 and §1.2.2.
const search = message(
  "M-SEARCH * HTTP/1.1",
  "HOST: 239.255.255.250:1900",
  'MAN: "ssdp:discover"',
  "MX: 1",
  "ST: upnp:rootdevice",
  "USER-AGENT: OS/1.0 UPnP/2.0 Attic/1.0",
);
const response = message(
  "HTTP/1.1 200 OK",
  "CACHE-CONTROL: max-age=1800",
  "EXT:",
  "LOCATION: http://192.0.2.7:8200/root.xml",
  "SERVER: Linux/6 UPnP/1.0 Example/1.2",
  "ST: upnp:rootdevice",
  "USN: uuid:00000000-0000-4000-8000-000000000007::upnp:rootdevice",
);
const notify = message(
  "NOTIFY * HTTP/1.1",
  "HOST: 239.255.255.250:1900",
  "NT:upnp:rootdevice",
  "NTS:ssdp:alive",
  "USN:uuid:00000000-0000-4000-8000-000000000007::upnp:rootdevice",
);

export const ssdpExamples: readonly Example[] = [
  {
    title: "a search",
    transport: "udp",
    ports: [49152, 1900],
    exchange: [[">", search]],
    protocol: "ssdp",
    attributes: {
      "ssdp.method": ["M-SEARCH"],
      "ssdp.search-target": ["upnp:rootdevice"],
      "ssdp.user-agent": "OS/1.0 UPnP/2.0 Attic/1.0",
    },
    decidedAfter: 1,
  },
  {
    title: "a device answers from a port of its own",
    transport: "udp",
    exchange: [[">", response]],
    protocol: "ssdp",
    attributes: {
      "ssdp.method": ["response"],
      "ssdp.location": ["http://192.0.2.7:8200/root.xml"],
      "ssdp.server": "Linux/6 UPnP/1.0 Example/1.2",
      "ssdp.search-target": ["upnp:rootdevice"],
      "ssdp.usn": ["uuid:00000000-0000-4000-8000-000000000007::upnp:rootdevice"],
    },
  },
  {
    title: "a notification without blanks, then one with a NUL",
    transport: "udp",
    ports: [1900, 1900],
    exchange: [
      [">", notify],
      [">", message("NOTIFY * HTTP/1.1", "NT: \0")],
    ],
    protocol: "ssdp",
    attributes: {
      "ssdp.method": ["NOTIFY"],
      "ssdp.notification-type": ["upnp:rootdevice"],
      "ssdp.notification-subtype": ["ssdp:alive"],
      "ssdp.usn": ["uuid:00000000-0000-4000-8000-000000000007::upnp:rootdevice"],
    },
    findings: ["ssdp.field-wrong"],
  },
  {
    title: "a status line with neither search target nor service name",
    transport: "udp",
    ports: [49152, 1900],
    exchange: [[">", message("HTTP/1.1 200 OK", "CONTENT-LENGTH: 0")]],
    protocol: undefined,
  },
];
