/** Lists of ports behind several options. */
import { PalisadeError } from "@palisade/base";
import { type PortProtocol, type PortSets, parsePorts } from "@palisade/scan";

/** `parsePorts`, with errors that name the option instead of `-p`. @throws {PalisadeError} `SCAN_PORTS_INVALID` */
export function portsGiven(
  option: string,
  list: string,
  protocols: readonly PortProtocol[],
  ofEach = true,
): PortSets {
  try {
    return parsePorts(list, protocols, ofEach);
  } catch (error) {
    if (!(error instanceof PalisadeError) || error.code !== "SCAN_PORTS_INVALID") throw error;
    const message = error.message.replace(/^-p /, option.endsWith(":") ? option : `${option} `);
    throw new PalisadeError(error.code, message, { cause: error });
  }
}
