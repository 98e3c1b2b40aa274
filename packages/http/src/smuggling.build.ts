/** Messages that two readers may frame differently: what each is, and how it ends here. Written from RFC 9112 §11.2. */
import { smuggledChunks } from "./smuggling-chunks.build.js";
import { smuggledFields } from "./smuggling-fields.build.js";
import { smuggledRequests } from "./smuggling-requests.build.js";

export interface Smuggled {
  readonly title: string;
  readonly text: string;
  /** The violation that refuses it; undefined where it goes on, in a form of one meaning. */
  readonly refusal: string | undefined;
  /** How many messages it is (default 1), the refused one among them. */
  readonly messages?: number;
}

export const smuggling: readonly Smuggled[] = [...smuggledFields, ...smuggledChunks, ...smuggledRequests];
