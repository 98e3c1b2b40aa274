/** Examples of answers: octets, and what the database of services must say of them. */
import { latin1 } from "@palisade/wire";
import type { FieldName } from "./probe.js";

export interface AnswerExample {
  /** `seen`: as the software of Debian 12 answered; `specified`: built from its protocol, documentation or source. */
  readonly origin: "seen" | "specified";
  /** The probe that it answers. */
  readonly probe: string;
  readonly service: string;
  readonly octets: Uint8Array;
  /** What must be said, in these fields; `cpe` is the first one. */
  readonly fields: Readonly<Partial<Record<FieldName | "cpe", string>>>;
}

/** An answer that the software gave. @param answer an octet a character */
export function seen(
  probe: string,
  service: string,
  answer: string,
  fields: AnswerExample["fields"],
): AnswerExample {
  return { origin: "seen", probe, service, octets: latin1(answer), fields };
}

/** An answer that a specification has, or a vendor's documentation. @param answer an octet a character */
export function specified(
  probe: string,
  service: string,
  answer: string,
  fields: AnswerExample["fields"],
): AnswerExample {
  return { origin: "specified", probe, service, octets: latin1(answer), fields };
}
