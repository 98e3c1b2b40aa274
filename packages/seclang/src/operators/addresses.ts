import { Malformed } from "@palisade/base";
import { IpSet } from "@palisade/match";
import { Pace, type Sliced } from "../slices.js";
import { ADDRESS_TEXT_BYTES_MAX, readIpAddress } from "./address-octets.js";
import { argumentError, commaSeparated, quoted, textOf } from "./argument.js";
import { datasetEntries, fileEntries } from "./lists.js";
import { type Operator, type OperatorKind, slicedKind } from "./operator.js";

const ADDRESS_BYTES = 16;
/** What reading an entry takes, in units of work. */
const ENTRY_UNITS = 128;

/**
 * `@ipMatch`: the value is an address of one of the prefixes. IPv4 and IPv6 are apart: an IPv4 prefix holds no `::ffff:192.0.2.1`.
 *
 * SecRule REMOTE_ADDR "@ipMatch 10.0.0.0/8,192.0.2.7,2001:db8::/32" "id:100,phase:1,pass"
 */
export const ipMatch: OperatorKind = slicedKind("ipMatch", (argument) =>
  within("ipMatch", commaSeparated(argument)),
);

/** `@ipMatchFromFile`: as `@ipMatch`, with the lines of the named files. Lines that begin with `#` are comments. */
export const ipMatchFromFile: OperatorKind = fromFile("ipMatchFromFile");
/** `@ipMatchF`: `@ipMatchFromFile`. */
export const ipMatchF: OperatorKind = fromFile("ipMatchF");

/** `@ipMatchFromDataset`: as `@ipMatch`, with the entries that `SecDataset` gave a name. */
export const ipMatchFromDataset: OperatorKind = slicedKind("ipMatchFromDataset", (argument, files) =>
  within("ipMatchFromDataset", datasetEntries("ipMatchFromDataset", argument, files)),
);

function fromFile(name: string): OperatorKind {
  return slicedKind(name, function* (argument, files) {
    return yield* within(name, yield* fileEntries(name, argument, files));
  });
}

function* within(name: string, entries: readonly Uint8Array[]): Sliced<Operator> {
  const set = new IpSet();
  const pace = new Pace();
  for (const entry of entries) {
    if (set.add(textOf(entry)) instanceof Malformed)
      throw argumentError(
        name,
        `${quoted(entry)} is no address and no prefix; 192.0.2.0/24 or 2001:db8::1 is one`,
      );
    if (pace.isDue(ENTRY_UNITS)) yield pace.turn();
  }
  yield* set.freezing();
  const address = new Uint8Array(ADDRESS_BYTES);
  const work = { steps: 0 };
  return {
    engine: "octets",
    work,
    test(octets, start, end) {
      // Each octet is read twice; what is longer than an address is not read.
      if (end - start <= ADDRESS_TEXT_BYTES_MAX) work.steps += 2 * (end - start);
      const length = readIpAddress(octets, start, end, address);
      return length > 0 && set.has(address, 0, length);
    },
  };
}
