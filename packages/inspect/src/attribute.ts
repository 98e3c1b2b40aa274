/**
 * Attributes: the named, typed facts that dissectors read out of a flow (`tls.sni`, `dns.query`, `ntp.stratum`).
 *
 * An attribute is an object created once beside its dissector. Its `id` indexes the engine's subscription mask, so
 * asking whether anybody wants it is one load; nothing is decoded, and no string made, for an attribute nobody wants.
 */

/** How a value of the type looks in JavaScript and in JSON. `address` is canonical text, `hex` is lower case. */
export interface AttributeValues {
  readonly text: string;
  readonly hex: string;
  readonly address: string;
  readonly number: number;
  readonly flag: boolean;
}

/** Names of the types in `AttributeValues`. */
export type AttributeType = keyof AttributeValues;
/** A value of any type. */
export type AttributeValue = string | number | boolean;

/** One fact that a dissector can read: made by `attribute`, once, and compared by identity. */
export interface Attribute<T extends AttributeType = AttributeType> {
  /** Protocol, dot, field, in lower case: `http.user-agent`. */
  readonly name: string;
  readonly type: T;
  /** Whether a flow can have several: then the record holds an array of at most `ATTRIBUTE_VALUES_MAX` different values. */
  readonly many: boolean;
  readonly id: number;
}

/** Different values kept of an attribute with `many`; further ones are dropped. */
export const ATTRIBUTE_VALUES_MAX = 16;
/** Octets of a text or hexadecimal value that are kept; a longer one is cut. */
export const ATTRIBUTE_OCTETS_MAX = 1024;

let attributesMade = 0;

/**
 * Makes an attribute: `attribute("dns.query", "text", { many: true })`. Call it at module level, once for each, before the
 * `Subscriptions` that are to know it.
 */
export function attribute<T extends AttributeType>(
  name: string,
  type: T,
  options: { readonly many?: boolean } = {},
): Attribute<T> {
  const id = attributesMade;
  attributesMade += 1;
  return { name, type, many: options.many ?? false, id };
}

/** How many attributes exist: the length of a subscription mask. */
export function attributeCount(): number {
  return attributesMade;
}
