/** The list of techniques: adding one is a file and a line here. */
import { nearest, PalisadeError } from "@palisade/base";
import type { Technique } from "../technique.js";
import { ack } from "./ack.js";
import { fin } from "./fin.js";
import { ipProtocol } from "./ip-protocol.js";
import { maimon } from "./maimon.js";
import { nullFlags } from "./null.js";
import { sctpInit } from "./sctp-init.js";
import { syn } from "./syn.js";
import { udp } from "./udp.js";
import { windowField } from "./window.js";
import { xmas } from "./xmas.js";

export const techniques: readonly Technique[] = [
  syn,
  fin,
  nullFlags,
  xmas,
  ack,
  windowField,
  maimon,
  udp,
  sctpInit,
  ipProtocol,
];

/**
 * The technique of a name: `syn`.
 *
 * @throws {PalisadeError} `SCAN_TECHNIQUE_UNKNOWN`, with the nearest name that there is, or all of them
 */
export function techniqueOf(name: string): Technique {
  const found = techniques.find((technique) => technique.name === name);
  if (found !== undefined) return found;
  const names = techniques.map((technique) => technique.name);
  const close = nearest(name, names);
  const advice = close === undefined ? `use one of ${names.join(", ")}` : `did you mean ${close}?`;
  throw new PalisadeError("SCAN_TECHNIQUE_UNKNOWN", `there is no scan technique "${name}": ${advice}`);
}
