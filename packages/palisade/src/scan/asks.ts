/** What is asked of every host, from options. */
import {
  type Ask,
  CONNECT,
  type PortProtocol,
  parsePorts,
  TOP_PORTS_DEFAULT,
  techniqueOf,
  topPorts,
} from "@palisade/scan";
import { usage } from "../words.js";
import type { ScanCommandOptions } from "./options.js";

/** The ports of each technique. @throws {PalisadeError} `USAGE` where no port is left, `SCAN_PORTS_INVALID` */
export function asksOf(options: ScanCommandOptions): Ask[] {
  const names = options.techniques.length === 0 ? (["syn"] as const) : options.techniques;
  const techniques = names.map((name): Ask["technique"] => (name === CONNECT ? CONNECT : techniqueOf(name)));
  const protocols = [...new Set(techniques.map(protocolOf))];
  const asked = options.ports === undefined ? undefined : parsePorts(options.ports, protocols);
  const excluded =
    options.excludePorts === undefined
      ? undefined
      : parsePorts(options.excludePorts, protocols, { ofEach: false, before: "--exclude-ports " });
  const asks = techniques.map((technique) => {
    const protocol = protocolOf(technique);
    const ports = asked?.[protocol] ?? topPorts(topPortsOf(options, protocol), protocol);
    const without = new Set(excluded?.[protocol]);
    // Sorted as numbers of 16 bits, which is quick.
    const wanted = ports instanceof Uint16Array ? ports : Uint16Array.from(ports).sort();
    return { technique, ports: without.size === 0 ? wanted : wanted.filter((port) => !without.has(port)) };
  });
  const left = asks.filter(({ ports }) => ports.length > 0);
  if (left.length === 0) throw usage("no port is left to scan: --exclude-ports takes all of them");
  return left;
}

function protocolOf(technique: Ask["technique"]): PortProtocol {
  return technique === CONNECT ? "tcp" : technique.protocol;
}

function topPortsOf(
  { topPorts: count = TOP_PORTS_DEFAULT }: ScanCommandOptions,
  protocol: PortProtocol,
): number {
  return Math.min(count, protocol === "ip" ? IP_PROTOCOLS : PORTS);
}

const PORTS = 65_536;
const IP_PROTOCOLS = 256;
