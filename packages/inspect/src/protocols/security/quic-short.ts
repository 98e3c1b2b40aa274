/**
 * Short headers of QUIC (RFC 9000 §17.3.1) without the handshake before them, as where a capture begins in the middle of a
 * connection. One of them is 01 and noise. Several of a client's are told by what header protection (RFC 9001 §5.4)
 * leaves: the same Destination Connection ID after a first octet whose low five bits are random.
 */
import { u8 } from "@palisade/wire";
import { MATCH, MORE, NO, type Outcome } from "../../dissector.js";

/** Servers in use choose identifiers of at least 8 octets; RFC 9000 leaves it to them. */
const CONNECTION_ID_OCTETS = 8;
/** First octet, identifier, packet number, and what RFC 9000 §10.3 says every packet has after them. */
const DATAGRAM_OCTETS_MIN = 21;
/** Datagrams that must agree. */
const DATAGRAMS = 3;
/** An identifier with fewer different octets is taken for the fields of something else. */
const DIFFERENT_OCTETS_MIN = 5;

export class ShortHeaderEvidence {
  readonly #connectionId = new Uint8Array(CONNECTION_ID_OCTETS);
  #first = 0;
  #count = 0;
  #differs = false;

  /** Takes the next datagram from the client. */
  observe(octets: Uint8Array, offset: number, end: number): Outcome {
    if (end - offset < DATAGRAM_OCTETS_MIN || u8(octets, offset) >>> 6 !== 0b01) return NO;
    const first = u8(octets, offset);
    if (this.#count === 0) {
      this.#first = first;
      for (let index = 0; index < CONNECTION_ID_OCTETS; index += 1) {
        this.#connectionId[index] = octets[offset + 1 + index]!;
      }
      if (differentOctets(this.#connectionId) < DIFFERENT_OCTETS_MIN) return NO;
    }
    for (let index = 0; index < CONNECTION_ID_OCTETS; index += 1) {
      if (this.#connectionId[index] !== octets[offset + 1 + index]) return NO;
    }
    if (first !== this.#first) this.#differs = true;
    this.#count += 1;
    return this.#count >= DATAGRAMS && this.#differs ? MATCH : MORE;
  }
}

function differentOctets(octets: Uint8Array): number {
  let different = 0;
  for (let index = 0; index < octets.length; index += 1) {
    if (octets.indexOf(octets[index]!) === index) different += 1;
  }
  return different;
}
