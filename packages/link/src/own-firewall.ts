/**
 * What this machine's own firewall does to connections. A rule that drops output tells a raw socket so (EPERM), and tells
 * connect(2) nothing: TCP takes the segment for lost and sends it again. But the kernel counts the IP packets that it makes and
 * those that pass its output rules, for a network namespace as a whole (`Ip: OutRequests`, `OutTransmits` in /proc/net/snmp,
 * `Ip6OutRequests`, `Ip6OutTransmits` in /proc/net/snmp6), and a packet that is made and does not pass was dropped here.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";

/** IP packets of one version since the namespace began. */
export interface OutputCounts {
  /** That programs of this machine made. */
  readonly made: number;
  /** Of these, that passed its output rules. Packets that IPsec wraps are made twice and pass once. */
  readonly passed: number;
}

/** Undefined where the kernel does not count so: it is no Linux, or an old one. */
export function outputCounts(ipVersion: 4 | 6): OutputCounts | undefined {
  try {
    return ipVersion === 4
      ? counts(countersOf4(read("/proc/net/snmp")), "", "ForwDatagrams")
      : counts(countersOf6(read("/proc/net/snmp6")), "Ip6", "Ip6OutForwDatagrams");
  } catch {
    return undefined;
  }
}

/** Looks at one port: other packets that pass meanwhile hide what became of its own. */
const LOOKS_MAX = 4;

/**
 * Whether the first packet of a connection to a port never passes this machine's output rules: then no more than that leaves
 * nothing. Where it does pass, the port has been asked.
 *
 * @param address with its zone where it is link-local
 */
export async function isDroppedHere(address: string, port: number): Promise<boolean> {
  const ipVersion = address.includes(":") ? 6 : 4;
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const before = outputCounts(ipVersion);
    const socket = connect({ host: address, port, autoSelectFamily: false });
    socket.on("error", () => {});
    // An address is not looked up: the connection begins before the loop's next turn.
    await new Promise((resolve) => process.nextTick(() => setImmediate(resolve)));
    const after = outputCounts(ipVersion);
    socket.destroy();
    if (before === undefined || after === undefined) return false;
    const made = after.made - before.made;
    const passed = after.passed - before.passed;
    if (passed === 0 && made > 0) return true;
    if (made > 0 && passed >= made) return false;
  }
  return false;
}

function read(path: string): string {
  return readFileSync(path, "latin1");
}

/** Two lines each, of names and of values. */
function countersOf4(text: string): ReadonlyMap<string, number> {
  const [names = [], values = []] = text
    .split("\n")
    .filter((line) => line.startsWith("Ip: "))
    .map((line) => line.split(" "));
  return new Map(names.map((name, at) => [name, Number(values[at])]));
}

/** A line for each. */
function countersOf6(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split("\n").map((line) => {
      const [name = "", value] = line.split(/\s+/);
      return [name, Number(value)];
    }),
  );
}

function counts(
  counters: ReadonlyMap<string, number>,
  prefix: string,
  forwardedName: string,
): OutputCounts | undefined {
  const made = counters.get(`${prefix}OutRequests`);
  const left = counters.get(`${prefix}OutTransmits`);
  const forwarded = counters.get(forwardedName);
  if (made === undefined || left === undefined || forwarded === undefined) return undefined;
  // What is forwarded leaves too, and nobody here made it.
  return { made, passed: left - forwarded };
}
