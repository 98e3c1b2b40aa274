import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const icecastExamples: readonly Example[] = [
  {
    title: "a server begins its stream",
    transport: "tcp",
    exchange: [
      [
        "<",
        latin1(
          "ICY 200 OK\r\nicy-name:Example Radio\r\nicy-genre: Talk\r\nicy-br:128\r\ncontent-type:audio/mpeg\r\n\r\n\xff\xfb",
        ),
      ],
    ],
    protocol: "icecast",
    attributes: {
      "icecast.status": 200,
      "icecast.station": "Example Radio",
      "icecast.genre": "Talk",
      "icecast.bitrate": "128",
      "icecast.content-type": "audio/mpeg",
    },
  },
  {
    title: "a source delivers to a mount",
    transport: "tcp",
    exchange: [
      [">", latin1("SOURCE /live ICE/1.0\r\nice-name: Example Radio\r\ncontent-type: audio/ogg\r\n\r\n")],
    ],
    protocol: "icecast",
    attributes: {
      "icecast.mount": "/live",
      "icecast.station": "Example Radio",
      "icecast.content-type": "audio/ogg",
    },
  },
  {
    title: "an answer with a status that is none is a finding",
    transport: "tcp",
    exchange: [
      [">", latin1("SOURCE /live ICE/1.0\r\n\r\n")],
      ["<", latin1("ICY no way\r\n\r\n")],
    ],
    protocol: "icecast",
    attributes: { "icecast.mount": "/live" },
    findings: ["icecast.status-impossible"],
  },
  {
    title: "a source of another protocol is nobody's",
    transport: "tcp",
    exchange: [[">", latin1("SOURCE /live SPICE/1.0\r\n\r\n")]],
    protocol: undefined,
  },
];
