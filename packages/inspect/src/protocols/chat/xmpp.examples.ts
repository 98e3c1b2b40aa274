import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const open = latin1(
  "<?xml version='1.0'?>\n<stream:stream from='juliet@im.example.com' to='im.example.com' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
);

export const xmppExamples: readonly Example[] = [
  {
    title: "a client logs in with PLAIN (RFC 6120 §9.1)",
    transport: "tcp",
    exchange: [
      [">", open],
      [
        "<",
        latin1(
          '<stream:stream from="im.example.com" id="x" xmlns="jabber:client"><stream:features></stream:features>',
        ),
      ],
      [
        ">",
        latin1("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGJvYgBzZWNyZXQ=</auth>"),
      ],
    ],
    protocol: "xmpp",
    attributes: {
      "xmpp.to": "im.example.com",
      "xmpp.from": "juliet@im.example.com",
      "xmpp.namespace": "jabber:client",
      "xmpp.auth-mechanism": "PLAIN",
      "xmpp.user": "bob",
    },
    findings: ["xmpp.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "the server alone, and a tag without end",
    transport: "tcp",
    exchange: [
      ["<", latin1("<stream:stream xmlns='jabber:server'>")],
      ["<", latin1(`<${"x".repeat(8_300)}`)],
    ],
    protocol: "xmpp",
    attributes: { "xmpp.namespace": "jabber:server" },
    findings: ["xmpp.tag-too-long"],
  },
  {
    title: "another document",
    transport: "tcp",
    exchange: [[">", latin1("<?xml version='1.0'?><policy-file-request/>")]],
    protocol: undefined,
  },
];
