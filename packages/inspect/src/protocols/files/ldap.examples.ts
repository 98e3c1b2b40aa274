import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";
import { ber, berInt, berText } from "../ber.build.js";
import { utf16le } from "../utf16.js";
import { ntlmAuthenticate } from "./smb.build.js";

function message(id: number, operation: Uint8Array): Uint8Array {
  return ber(0x30, berInt(id), operation);
}
function result(tag: number, code: number, ...more: readonly Uint8Array[]): Uint8Array {
  return ber(tag, berInt(code, 0x0a), berText(""), berText(""), ...more);
}
const simpleBind = message(
  1,
  ber(0x60, berInt(3), berText("cn=admin,dc=example,dc=org"), berText("secret", 0x80)),
);
const present = berText("objectClass", 0x87);
function search(base: string): Uint8Array {
  return ber(
    0x63,
    berText(base),
    berInt(2, 0x0a),
    berInt(0, 0x0a),
    berInt(0),
    berInt(0),
    ber(0x01, 0),
    present,
    ber(0x30),
  );
}
const entry = ber(0x64, berText("cn=a,dc=example,dc=org"), ber(0x30));
const startTls = message(1, ber(0x77, berText("1.3.6.1.4.1.1466.20037", 0x80)));
const ntlm = ntlmAuthenticate(utf16le("EXAMPLE"), utf16le("dave"), utf16le("PC7"));

export const ldapExamples: readonly Example[] = [
  {
    title: "a client binds with a password and searches",
    transport: "tcp",
    ports: [49152, 389],
    exchange: [
      [">", simpleBind],
      ["<", message(1, result(0x61, 0))],
      [">", message(2, search("dc=example,dc=org"))],
      ["<", concat(message(2, entry), message(2, result(0x65, 0)))],
      [">", message(3, ber(0x42))],
    ],
    protocol: "ldap",
    attributes: {
      "ldap.operation": [
        "bind-request",
        "bind-response",
        "search-request",
        "search-result-entry",
        "search-result-done",
        "unbind-request",
      ],
      "ldap.version": 3,
      "ldap.bind-name": ["cn=admin,dc=example,dc=org"],
      "ldap.mechanism": ["simple"],
      "ldap.base": ["dc=example,dc=org"],
      "ldap.result": [0],
    },
    findings: ["ldap.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "the names of an NTLM bind",
    transport: "tcp",
    exchange: [
      [">", message(9, ber(0x60, berInt(3), berText(""), ber(0xa3, berText("GSS-SPNEGO"), ber(0x04, ntlm))))],
    ],
    protocol: "ldap",
    attributes: {
      "ldap.operation": ["bind-request"],
      "ldap.version": 3,
      "ldap.mechanism": ["GSS-SPNEGO"],
      "ntlm.user": ["dave"],
      "ntlm.domain": ["EXAMPLE"],
      "ntlm.workstation": ["PC7"],
    },
  },
  {
    title: "the server refuses TLS",
    transport: "tcp",
    exchange: [
      [">", startTls],
      ["<", message(1, result(0x78, 52))],
    ],
    protocol: "ldap",
    attributes: {
      "ldap.operation": ["extended-request", "extended-response"],
      "ldap.extended-request": ["1.3.6.1.4.1.1466.20037"],
      "ldap.result": [52],
    },
  },
  {
    title: "the server's answer alone is enough, and what is no message after it is a finding",
    transport: "tcp",
    exchange: [
      ["<", message(1, result(0x61, 49))],
      ["<", hex("30 05 020101 9e00")],
    ],
    protocol: "ldap",
    attributes: { "ldap.operation": ["bind-response"], "ldap.result": [49] },
    findings: ["ldap.message-invalid"],
    decidedAfter: 1,
  },
  {
    title: "an SNMP message is not LDAP",
    transport: "tcp",
    exchange: [[">", concat(hex("30 0a 020101 0405"), latin1("xxxxx"))]],
    protocol: undefined,
  },
  {
    title: "a workstation looks for its domain controller",
    transport: "udp",
    ports: [49152, 389],
    exchange: [
      [">", message(1, search(""))],
      ["<", concat(message(1, entry), message(1, result(0x65, 0)))],
    ],
    protocol: "cldap",
    attributes: {
      "ldap.operation": ["search-request", "search-result-entry", "search-result-done"],
      "ldap.result": [0],
    },
    decidedAfter: 1,
  },
];
