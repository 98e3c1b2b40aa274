/**
 * The compiled table of protocols. Immutable: adding or removing a protocol at run time makes a new table, which the
 * engine swaps in between two packets. A protocol keeps its id for good, so that flows in progress stay valid.
 */
import { PalisadeError } from "@palisade/base";
import type { DatagramDissector, Protocol, StreamDissector } from "./dissector.js";

const NONE: Uint16Array = new Uint16Array(0);
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** A dissector as it is called: all of one shape, so that calling any of them is the same machine code. */
export class Callee {
  readonly dissector: DatagramDissector | StreamDissector;
  readonly follow: boolean;

  constructor(dissector: DatagramDissector | StreamDissector, follow: boolean) {
    this.dissector = dissector;
    this.follow = follow;
  }
}

/** Candidates of one transport: by port of either end, and by the first octet of the payload. */
export interface DispatchTable {
  /**
   * Ids of what was added to the built-in table and is not bound to its ports, latest first: asked before all others, port
   * hints or not.
   */
  readonly added: Uint16Array;
  /** By id; undefined for a protocol that is not carried by this transport. */
  readonly callees: readonly (Callee | undefined)[];
  /** Ids by port, of the ports that hint at something. */
  readonly portHints: readonly Uint16Array[];
  /** By port: its place in `portHints`, where 0 is that of no hints. */
  readonly portPlaces: Uint16Array;
  /** 256 lists of ids, in the order in which they are tried; without those bound to their ports. */
  readonly byFirstOctet: readonly Uint16Array[];
}

/** Protocols by name, id, port and first octet: `Registry.of(protocols)`, or `builtInRegistry()`. */
export class Registry {
  /** Every protocol that ever was in this line of tables, by id. */
  readonly protocols: readonly Protocol[];
  readonly datagram: DispatchTable;
  readonly stream: DispatchTable;
  readonly #order: readonly number[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #added: readonly number[];

  private constructor(protocols: readonly Protocol[], order: readonly number[], added: readonly number[]) {
    this.#added = added;
    this.protocols = protocols;
    // Protocols whose verdict rests on a heuristic are asked last; otherwise the order of the list holds.
    this.#order = [
      ...order.filter((id) => protocols[id]!.weak !== true),
      ...order.filter((id) => protocols[id]!.weak === true),
    ];
    this.#ids = new Map(order.map((id) => [protocols[id]!.name, id]));
    this.datagram = compileDispatch(protocols, this.#order, added, "datagram");
    this.stream = compileDispatch(protocols, this.#order, added, "stream");
  }

  /** @throws {PalisadeError} `INSPECT_PROTOCOL_NAME` for a name that is not fit for paths, or that two protocols have */
  static of(protocols: readonly Protocol[]): Registry {
    const names = new Set<string>();
    for (const { name } of protocols) {
      checkName(name, names.has(name));
      names.add(name);
    }
    return new Registry(
      protocols,
      protocols.map((_, id) => id),
      [],
    );
  }

  /** How many ids were given: the length of per-flow tables by id. */
  get size(): number {
    return this.protocols.length;
  }

  /** Ids of the protocols in the table, in the order in which they are tried. */
  get order(): readonly number[] {
    return this.#order;
  }

  /** The id of a protocol that is in the table, or -1. */
  idOf(name: string): number {
    return this.#ids.get(name) ?? -1;
  }

  /**
   * A table with `protocol` as well, asked before all others: what a user adds goes before what is built in.
   *
   * @throws {PalisadeError} `INSPECT_PROTOCOL_NAME` where the name is taken or unfit
   */
  with(protocol: Protocol): Registry {
    checkName(protocol.name, this.#ids.has(protocol.name));
    const id = this.protocols.length;
    return new Registry([...this.protocols, protocol], [id, ...this.#order], [id, ...this.#added]);
  }

  /** A table without the named protocol. @throws {PalisadeError} `INSPECT_PROTOCOL_NAME` where it is not there */
  without(name: string): Registry {
    const gone = this.#ids.get(name);
    if (gone === undefined) {
      throw new PalisadeError("INSPECT_PROTOCOL_NAME", `no protocol is named "${name}"`);
    }
    return new Registry(
      this.protocols,
      this.#order.filter((id) => id !== gone),
      this.#added.filter((id) => id !== gone),
    );
  }
}

function checkName(name: string, taken: boolean): void {
  if (taken) throw new PalisadeError("INSPECT_PROTOCOL_NAME", `a protocol is named "${name}" already`);
  if (!NAME.test(name)) {
    throw new PalisadeError(
      "INSPECT_PROTOCOL_NAME",
      `"${name}" is not a protocol name: lower-case letters, digits and single hyphens are`,
    );
  }
}

function compileDispatch(
  protocols: readonly Protocol[],
  order: readonly number[],
  added: readonly number[],
  kind: "datagram" | "stream",
): DispatchTable {
  const byPort = new Map<number, number[]>();
  const byFirstOctet: number[][] = Array.from({ length: 256 }, () => []);
  for (const id of order) {
    const dissector = protocols[id]![kind];
    if (dissector === undefined) continue;
    for (const port of dissector.ports) {
      const ids = byPort.get(port);
      if (ids === undefined) byPort.set(port, [id]);
      else ids.push(id);
    }
    if (dissector.portsOnly === true) continue;
    if (dissector.firstOctets === undefined) for (const ids of byFirstOctet) ids.push(id);
    else for (const octet of new Set(dissector.firstOctets)) byFirstOctet[octet]!.push(id);
  }
  const portPlaces = new Uint16Array(65_536);
  [...byPort.keys()].forEach((port, at) => {
    portPlaces[port] = at + 1;
  });
  return {
    added: Uint16Array.from(
      added.filter((id) => protocols[id]![kind] !== undefined && protocols[id]![kind].portsOnly !== true),
    ),
    callees: protocols.map((protocol) => {
      const dissector = protocol[kind];
      return dissector === undefined ? undefined : new Callee(dissector, protocol.stream?.follow === true);
    }),
    portHints: [NONE, ...[...byPort.values()].map((ids) => Uint16Array.from(ids))],
    portPlaces,
    byFirstOctet: byFirstOctet.map((ids) => Uint16Array.from(ids)),
  };
}

/** The ids hinted at by a port; empty where nothing is. */
export function hinted(table: DispatchTable, port: number): Uint16Array {
  return table.portHints[table.portPlaces[port]!]!;
}
