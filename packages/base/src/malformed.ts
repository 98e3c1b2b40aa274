/**
 * Octets that lie. A parser returns one of its named constants instead of throwing, since on a network wrong octets are
 * ordinary; the name is also evidence, and becomes the `kind` of a finding.
 *
 * `const UDP_TRUNCATED = new Malformed("udp.truncated")`
 */
export class Malformed {
  /** Stable dotted name: protocol, dot, what is wrong, in lower case (`dns.pointer-loop`). */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  toString(): string {
    return this.name;
  }
}
