import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const crlf = (...lines: readonly string[]): Uint8Array => latin1(`${lines.join("\r\n")}\r\n\r\n`);

// After RFC 2326 §14.1.
const setup = crlf(
  "SETUP rtsp://audio.example.com:554/twister/audio RTSP/1.0",
  "CSeq: 1",
  "User-Agent: player/3",
  "Transport: RTP/AVP/UDP;unicast;client_port=3056-3057",
);
const setupAnswer = crlf(
  "RTSP/1.0 200 OK",
  "CSeq: 1",
  "Server: streamer/9",
  "Transport: RTP/AVP/UDP;unicast;client_port=3056-3057;server_port=5000-5001",
);
const media = hex("24 00 0004 80600001");

export const rtspExamples: readonly Example[] = [
  {
    title: "a client sets up a stream",
    transport: "tcp",
    exchange: [
      [">", setup],
      ["<", setupAnswer],
      [">", crlf("PLAY rtsp://audio.example.com/twister/audio RTSP/1.0", "CSeq: 2")],
      ["<", concat(media, crlf("RTSP/1.0 454 Session Not Found", "CSeq: 2"))],
    ],
    protocol: "rtsp",
    attributes: {
      "rtsp.method": ["SETUP", "PLAY"],
      "rtsp.uri": ["rtsp://audio.example.com:554/twister/audio", "rtsp://audio.example.com/twister/audio"],
      "rtsp.host": "audio.example.com",
      "rtsp.status": [200, 454],
      "rtsp.user-agent": "player/3",
      "rtsp.server": "streamer/9",
    },
    decidedAfter: 1,
  },
  {
    title: "a server's status that cannot be is a finding",
    transport: "tcp",
    exchange: [
      ["<", crlf("RTSP/1.0 200 OK", "CSeq: 1")],
      ["<", crlf("RTSP/1.0 999 What", "CSeq: 2")],
    ],
    protocol: "rtsp",
    attributes: { "rtsp.status": [200] },
    findings: ["rtsp.status-impossible"],
  },
  {
    title: "a request of another scheme and version is nobody's",
    transport: "tcp",
    exchange: [[">", crlf("PLAY http://audio.example.com/ RTSQ/1.0", "CSeq: 1")]],
    protocol: undefined,
  },
];
