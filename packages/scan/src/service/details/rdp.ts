/** Remote Desktop ([MS-RDPBCGR] §2.2.1.1 … 2.2.1.2): security protocols, and under CredSSP ([MS-CSSP]) the host's names. */
import { concat, hex } from "@palisade/wire";
import { ConnectFailure, type Connection } from "../connection.js";
import { serverNameOf } from "../detect-tcp.js";
import { tlsResult } from "../tls-session.js";
import type { DetailContext, DetailReader, Learnt } from "./detail.js";
import { findNtlmChallenge, ntlmDetails, ntlmNegotiate } from "./ntlm.js";
import { OctetReader } from "./octet-reader.js";
import { berLength } from "./start-tls.js";

const PROTOCOL = { rdp: 0, tls: 1, credSsp: 2 } as const;
const RESPONSE = 2;
/** A TPKT (RFC 1006 §6) of more octets is not read: a connection confirm has 19. */
const TPKT_BYTES_MAX = 1_024;

/** A connection request with RDP_NEG_REQ. @param protocols bits of what may be chosen */
export function rdpRequest(protocols: number): Uint8Array {
  return concat(hex("03 00 00 13 0e e0 0000 0000 00 01 00 0800"), protocols, 0, 0, 0);
}

function tpktBytes(octets: Uint8Array): number {
  if (octets.length < 4) return 0;
  const length = new OctetReader(octets, 2).u16();
  return octets[0] !== 3 || length < 11 || length > TPKT_BYTES_MAX ? -1 : length;
}

/** The protocol that a connection confirm chooses; 0 where it has none to choose, undefined where it refuses or is something else. */
export function readRdpConfirm(packet: Uint8Array): number | undefined {
  const reader = new OctetReader(packet, 4);
  reader.skip(1);
  if ((reader.u8() & 0xf0) !== 0xd0 || reader.short) return undefined;
  reader.skip(5);
  if (reader.left < 8) return PROTOCOL.rdp;
  if (reader.u8() !== RESPONSE) return undefined;
  reader.skip(3);
  return reader.u32(true);
}

async function ask(context: DetailContext, protocols: number): Promise<[Connection, number] | undefined> {
  const connection = await context.openPlain();
  if (connection instanceof ConnectFailure) return undefined;
  connection.write(rdpRequest(protocols));
  const packet = await connection.receive(tpktBytes, context.waitMs);
  const chosen = packet && readRdpConfirm(packet);
  if (chosen !== undefined) return [connection, chosen];
  connection.close();
  return undefined;
}

/** TSRequest ([MS-CSSP] §2.2.1), version 6, with a first message of NTLM as its token. */
function tsRequest(): Uint8Array {
  const wrap = (tag: number, value: Uint8Array): Uint8Array => concat(tag, value.length, value);
  const token = wrap(0x30, wrap(0x30, wrap(0xa0, wrap(0x04, ntlmNegotiate))));
  return wrap(0x30, concat(hex("a0 03 02 01 06"), wrap(0xa1, token)));
}

/** `rdp-security`: of `rdp`, `tls`, `credssp` those that it accepts; `ntlm-…`; and the certificate. */
export const rdp: DetailReader = {
  services: ["ms-wbt-server", "rdp"],
  async read(context): Promise<Learnt | undefined> {
    const accepted: string[] = [];
    let session: Connection | ConnectFailure | undefined;
    let credSsp = false;
    for (const [name, protocol] of Object.entries({
      credssp: PROTOCOL.credSsp | PROTOCOL.tls,
      tls: PROTOCOL.tls,
      rdp: PROTOCOL.rdp,
    })) {
      const answer = await ask(context, protocol);
      if (answer === undefined) continue;
      const [connection, chosen] = answer;
      const wanted = name === "credssp" ? PROTOCOL.credSsp : protocol;
      if (chosen === wanted) accepted.push(name);
      if (session === undefined && chosen !== PROTOCOL.rdp) {
        credSsp = chosen === PROTOCOL.credSsp;
        const serverName = serverNameOf(context.target);
        session = await connection.startTls({
          serverName,
          timeoutMs: context.waitMs,
          signal: context.signal,
        });
        if (session instanceof ConnectFailure || !credSsp) continue;
        session.write(tsRequest());
        continue;
      }
      connection.close();
    }
    if (session === undefined || session instanceof ConnectFailure) {
      return accepted.length === 0 ? undefined : { details: { "rdp-security": accepted } };
    }
    const tls = session.tls && tlsResult(session.tls);
    const reply = credSsp
      ? await session.receive((octets) => {
          const [header, length] = berLength(octets, 1);
          return header === 0 ? 0 : 1 + header + length;
        }, context.waitMs)
      : undefined;
    session.close();
    const challenge = reply && findNtlmChallenge(reply);
    const hostname = challenge?.dnsComputer ?? challenge?.netbiosComputer;
    return {
      details: { "rdp-security": accepted, ...(challenge === undefined ? {} : ntlmDetails(challenge)) },
      ...(hostname === undefined ? {} : { fields: { hostname } }),
      ...(tls === undefined ? {} : { tls }),
    };
  },
};
