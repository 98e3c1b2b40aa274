/** The rules that requests are tested by, loaded from files, and loaded again while requests run. */
import {
  AuditPolicy,
  Engine,
  type EngineMode,
  loadRules,
  MemoryStore,
  type RuleReader,
} from "@palisade/seclang";

/** `SecRequestBodyLimit` and `SecResponseBodyLimit` where rule files do not set them: the engine's own. */
const REQUEST_BODY_BYTES = 134_217_728;
const RESPONSE_BODY_BYTES = 524_288;

export interface RuleSetOptions {
  /** Rule files, in the order in which they are loaded. */
  readonly files: readonly string[];
  readonly reader: RuleReader;
  /** The data file that a rule names, relative to its rule file. @throws where it cannot be read */
  readonly readData: (name: string, ruleFile: string) => Uint8Array;
}

/** One state of the files. Transactions that began on it end on it. */
export interface LoadedRuleSet {
  readonly engine: Engine;
  readonly audit: AuditPolicy;
  readonly mode: EngineMode;
  readonly rules: number;
  /** All files that were read, included ones too. */
  readonly files: number;
  /** Octets of a request's body that rules read; held until they have. */
  readonly requestBodyBytesMax: number;
  readonly responseBodyBytesMax: number;
}

export class RuleSet {
  readonly #options: RuleSetOptions;
  /** Counters of clients outlive a reload. */
  readonly #store = new MemoryStore();
  #current: LoadedRuleSet;

  /** @throws {PalisadeError} `SECLANG_…`, its message `FILE:LINE:COLUMN: what is wrong` */
  constructor(options: RuleSetOptions) {
    this.#options = options;
    this.#current = this.#load();
  }

  get current(): LoadedRuleSet {
    return this.#current;
  }

  /**
   * Reads the files again. Requests that come from now on are tested by what they say.
   *
   * @throws {PalisadeError} as the constructor; then the rules are those of before
   */
  reload(): void {
    this.#current = this.#load();
  }

  #load(): LoadedRuleSet {
    const { files, reader, readData } = this.#options;
    const loaded = loadRules(files, reader);
    const { settings } = loaded;
    const engine = Engine.of(loaded, { readData, clock: Date.now, store: this.#store });
    return {
      engine,
      audit: AuditPolicy.of(settings),
      mode: settings.SecRuleEngine?.value ?? "On",
      rules: loaded.rules.length,
      files: loaded.files.length,
      requestBodyBytesMax: settings.SecRequestBodyLimit?.value ?? REQUEST_BODY_BYTES,
      responseBodyBytesMax: settings.SecResponseBodyLimit?.value ?? RESPONSE_BODY_BYTES,
    };
  }
}
