/** Fields of a message for tests of audit records: characters are octets. */
import { latin1 } from "@palisade/wire";
import type { AuditFields } from "./write-record.js";

export function auditFields(pairs: readonly (readonly [name: string, value: string])[]): AuditFields {
  const positions: number[] = [];
  let chars = "";
  for (const pair of pairs)
    for (const text of pair) {
      positions.push(chars.length, chars.length + text.length);
      chars += `${text}:`;
    }
  const at = (field: number, part: number) => positions[field * 4 + part]!;
  return {
    octets: latin1(chars),
    count: pairs.length,
    nameStart: (field) => at(field, 0),
    nameEnd: (field) => at(field, 1),
    valueStart: (field) => at(field, 2),
    valueEnd: (field) => at(field, 3),
  };
}
