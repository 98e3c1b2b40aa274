/** What is asked of a service once it is known what it is: a reader for each kind, in a file of its own. */
import type { ConnectFailure, Connection } from "../connection.js";
import type { FieldName } from "../probe.js";
import type { ServiceDetails, ServiceTarget, TlsResult } from "../service-result.js";

export interface DetailContext {
  readonly target: ServiceTarget;
  /** Service and product by which the match named it. */
  readonly service: string;
  readonly product: string | undefined;
  /** As the match says. */
  readonly version: string | undefined;
  /** Within TLS. */
  readonly tunnelled: boolean;
  /** What the match was found in. */
  readonly answer: Uint8Array;
  /** A connection of its own, in TLS where the service is; closed by whoever opened it, or with the port's time. */
  open(): Promise<Connection | ConnectFailure>;
  /** The same without TLS. */
  openPlain(): Promise<Connection | ConnectFailure>;
  /** Answers to one question are waited for as long, in ms. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** What was learnt; a field here replaces the match's only where `fields` gives it. */
export interface Learnt {
  readonly fields?: Readonly<Partial<Record<FieldName, string>>>;
  readonly cpe?: readonly string[];
  readonly details?: ServiceDetails;
  readonly tls?: TlsResult;
}

export interface DetailReader {
  /** Names of services. */
  readonly services: readonly string[];
  /** @returns undefined where nothing was learnt. Octets that lie never throw. */
  read(context: DetailContext): Promise<Learnt | undefined>;
}

/** Characters of a text in `details`. */
export const DETAIL_CHARACTERS_MAX = 1_024;
/** Texts of a list in `details`. */
export const DETAIL_LIST_MAX = 256;
