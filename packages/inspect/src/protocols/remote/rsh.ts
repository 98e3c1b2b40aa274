import { u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** User on the client's host; absent for rexec. */
export const RSH_CLIENT_USER = attribute("rsh.client-user", "text");
/** User on the server. */
export const RSH_USER = attribute("rsh.user", "text");
/** Command that is to be run; absent for rlogin. */
export const RSH_COMMAND = attribute("rsh.command", "text");
/** Terminal type and speed that rlogin sends. */
export const RSH_TERMINAL = attribute("rsh.terminal", "text");

export const RSH_CLEARTEXT_LOGIN: FindingKind = {
  name: "rsh.cleartext-login",
  severity: "medium",
  title: "A command or session of rsh, rexec or rlogin: neither protected nor truly authenticated",
};

const PORT_EXEC = 512;
const PORT_LOGIN = 513;
const PORT_SHELL = 514;
/** Octets of one string; commands are longer than names. */
const STRING_OCTETS_MAX = 64;
const COMMAND_OCTETS_MAX = 4_096;

/** Index of the NUL that ends a string; 0 where it may still come, -1 where the octets are none. */
function stringStop(octets: Uint8Array, start: number, end: number, max: number): number {
  const limit = Math.min(end, start + max);
  for (let index = start; index < limit; index += 1) {
    const octet = u8(octets, index);
    if (octet === 0) return index;
    if ((octet < 0x20 && octet !== 0x09 && octet !== 0x0a) || octet === 0x7f) return -1;
  }
  return limit === end ? 0 : -1;
}

export const rsh: Protocol = {
  name: "rsh",
  title: "Remote shell (rsh, rexec, rlogin)",
  spec: "RFC 1282 (rlogin), and the manual pages rshd(8) and rexecd(8) of 4.2BSD",
  category: "remote-access",
  attributes: [RSH_CLIENT_USER, RSH_USER, RSH_COMMAND, RSH_TERMINAL],
  malformed: [],
  findings: [RSH_CLEARTEXT_LOGIN],
  recognises:
    "On ports 512 to 514: a port in digits, two names and a command, or for rlogin an empty string, two names and a terminal with its speed, each ended by NUL.",
  omits: "Passwords of rexec, and the session.",
  stream: {
    ports: [PORT_EXEC, PORT_LOGIN, PORT_SHELL],
    firstOctets: [0, ...Array.from({ length: 10 }, (_, digit) => 0x30 + digit)],
    dissect(octets, offset, end, flow): Outcome {
      const port = flow.destinationPort;
      if (flow.direction === 1)
        return flow.sourcePort >= PORT_EXEC && flow.sourcePort <= PORT_SHELL ? MORE : NO;
      if (port !== PORT_EXEC && port !== PORT_LOGIN && port !== PORT_SHELL) return NO;
      return u8(octets, offset) === 0 && port === PORT_LOGIN
        ? readLogin(octets, offset, end, flow)
        : readShell(octets, offset, end, flow);
    },
  },
};

/** rshd(8), rexecd(8): port for errors or nothing, client's user (rexec: user), user (rexec: password), command. */
function readShell(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const portStop = stringStop(octets, offset, end, 6);
  if (portStop <= 0) return portStop < 0 ? NO : MORE;
  for (let index = offset; index < portStop; index += 1) {
    if (u8(octets, index) < 0x30 || u8(octets, index) > 0x39) return NO;
  }
  const first = stringStop(octets, portStop + 1, end, STRING_OCTETS_MAX);
  if (first <= 0) return first < 0 ? NO : MORE;
  const second = stringStop(octets, first + 1, end, STRING_OCTETS_MAX);
  if (second <= 0) return second < 0 ? NO : MORE;
  const command = stringStop(octets, second + 1, end, COMMAND_OCTETS_MAX);
  if (command <= 0) return command < 0 ? NO : MORE;
  if (first === portStop + 1 || command === second + 1) return NO;
  if (flow.destinationPort === PORT_EXEC) {
    flow.text(RSH_USER, octets, portStop + 1, first);
  } else {
    flow.text(RSH_CLIENT_USER, octets, portStop + 1, first);
    flow.text(RSH_USER, octets, first + 1, second);
  }
  flow.text(RSH_COMMAND, octets, second + 1, command);
  flow.report(RSH_CLEARTEXT_LOGIN);
  return DONE;
}

/** RFC 1282: an empty string, the client's user, the server's user, and terminal type "/" speed. */
function readLogin(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const client = stringStop(octets, offset + 1, end, STRING_OCTETS_MAX);
  if (client <= 0) return client < 0 ? NO : MORE;
  const user = stringStop(octets, client + 1, end, STRING_OCTETS_MAX);
  if (user <= 0) return user < 0 ? NO : MORE;
  const terminal = stringStop(octets, user + 1, end, STRING_OCTETS_MAX);
  if (terminal <= 0) return terminal < 0 ? NO : MORE;
  if (client === offset + 1 || user === client + 1 || terminal === user + 1) return NO;
  flow.text(RSH_CLIENT_USER, octets, offset + 1, client);
  flow.text(RSH_USER, octets, client + 1, user);
  flow.text(RSH_TERMINAL, octets, user + 1, terminal);
  flow.report(RSH_CLEARTEXT_LOGIN);
  return DONE;
}
