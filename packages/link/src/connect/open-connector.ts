import { PalisadeError } from "@palisade/base";
import { openSystem } from "../system.js";
import type { Connector, ConnectorName, ConnectorOptions } from "./connector.js";
import { descriptorRoom } from "./descriptors.js";
import { EpollEngine } from "./epoll-engine.js";
import { NodeConnector } from "./node-connector.js";
import type { EngineMaker } from "./slot-table.js";
import { SocketConnector } from "./socket-connector.js";
import { UringEngine } from "./uring-engine.js";

const IN_FLIGHT_DEFAULT = 4096;
/** Half of the completions that io_uring keeps; more than a source address has ports for one target. */
const IN_FLIGHT_LARGEST = 32_768;

const MAKERS: Readonly<Record<Exclude<ConnectorName, "node">, EngineMaker>> = {
  io_uring: (system, slots, slotCount, addresses) => new UringEngine(system, slots, slotCount, addresses),
  epoll: (system, slots, slotCount, addresses) => new EpollEngine(system, slots, slotCount, addresses),
};

/**
 * The best connector that this system permits: io_uring, else epoll, else node:net.
 *
 * @throws {PalisadeError} `LINK_OPTION_INVALID`; `LINK_NO_DESCRIPTORS` where the limit of open files leaves none; `LINK_UNSUPPORTED`
 *   where `only` asks for one that is not to be had; `LINK_SOURCE_ADDRESS` where `sourceAddress` is none of this machine's
 */
export function openConnector(options: ConnectorOptions = {}): Connector {
  const { only, sourceAddress } = options;
  const asked = options.inFlightMax ?? IN_FLIGHT_DEFAULT;
  if (!Number.isInteger(asked) || asked < 1 || asked > IN_FLIGHT_LARGEST) {
    throw invalid(`inFlightMax is ${asked}: give a whole number, 1 … ${IN_FLIGHT_LARGEST}`);
  }
  if (sourceAddress !== undefined && sourceAddress.length !== 4 && sourceAddress.length !== 16) {
    throw invalid(`sourceAddress has ${sourceAddress.length} octets: give 4 (IPv4) or 16 (IPv6)`);
  }
  const room = descriptorRoom();
  const inFlightMax = Math.min(asked, room?.sockets ?? asked);
  const limited =
    inFlightMax < asked
      ? `${inFlightMax} connects at a time instead of ${asked}: ${room?.phrase}`
      : undefined;
  const reasons: string[] = [];
  const native = only === "node" ? undefined : nativeRefusal();
  if (native !== undefined && only !== undefined) throw native;
  if (native !== undefined) reasons.push(native.message);
  for (const name of ["io_uring", "epoll"] as const) {
    if (native !== undefined || (only !== undefined && only !== name)) continue;
    const because = reasons.length === 0 ? undefined : reasons.join("; ");
    try {
      return new SocketConnector(MAKERS[name], { inFlightMax, because, limited, sourceAddress });
    } catch (error) {
      if (only !== undefined || !(error instanceof PalisadeError)) throw error;
      if (error.code !== "LINK_UNSUPPORTED") throw error;
      reasons.push(error.message);
    }
  }
  const because = reasons.length === 0 ? undefined : reasons.join("; ");
  return new NodeConnector({ inFlightMax, because, limited, sourceAddress });
}

/** Why the kernel cannot be called at all, or `undefined` where it can. */
function nativeRefusal(): PalisadeError | undefined {
  try {
    openSystem();
    return undefined;
  } catch (cause) {
    return new PalisadeError(
      "LINK_UNSUPPORTED",
      "io_uring and epoll need Linux on a known architecture and the koffi package (npm install koffi)",
      { cause },
    );
  }
}

function invalid(message: string): PalisadeError {
  return new PalisadeError("LINK_OPTION_INVALID", message);
}
