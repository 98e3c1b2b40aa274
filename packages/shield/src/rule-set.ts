/** The rules that requests are tested by, loaded from files, and loaded again while requests run. */
import {
  AuditPolicy,
  Engine,
  type EngineMode,
  type EngineOptions,
  engineSettings,
  type LoadedRules,
  loadRules,
  loadRulesInSlices,
  MemoryStore,
  type RuleReader,
} from "@palisade/seclang";

/** See `Engine.warmUp`: some hundred transactions before V8 has compiled what all engines share. */
const FIRST_WARM_UP_ROUNDS = 16;
const WARM_UP_ROUNDS = 2;

export interface RuleSetOptions {
  /** Rule files, in the order in which they are loaded. */
  readonly files: readonly string[];
  readonly reader: RuleReader;
  /** The data file that a rule names, relative to its rule file. @throws {PalisadeError} where it cannot be read; the place is added */
  readonly readData: (name: string, ruleFile: string) => Uint8Array;
  /** Where it aborts, reloads end within a slice, and their promises are rejected with its reason; the rules stay as they are. */
  readonly signal?: AbortSignal | undefined;
}

/** One state of the files. Transactions that began on it end on it. */
export interface LoadedRuleSet {
  readonly engine: Engine;
  readonly audit: AuditPolicy;
  readonly mode: EngineMode;
  readonly rules: number;
  /** All files that were read, included ones too. */
  readonly files: number;
  /** The most octets of a request's body that rules come to read, by the settings or a `ctl`; held until they have. */
  readonly requestBodyBytesMax: number;
  readonly responseBodyBytesMax: number;
}

/** Holds the state of the files that requests begin on. */
export class RuleSet {
  readonly #options: RuleSetOptions;
  /** Counters of clients outlive a reload. */
  readonly #store = new MemoryStore();
  #current: LoadedRuleSet;
  /** The reload that runs, and the one behind it, which all that come meanwhile are. */
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @throws {PalisadeError} `SECLANG_…`, its message `FILE:LINE:COLUMN: what is wrong` */
  constructor(options: RuleSetOptions) {
    this.#options = options;
    const loaded = loadRules(options.files, options.reader);
    const engine = Engine.of(loaded, this.#engineOptions());
    engine.warmUp(FIRST_WARM_UP_ROUNDS);
    this.#current = ruleSetOf(loaded, engine);
  }

  get current(): LoadedRuleSet {
    return this.#current;
  }

  /**
   * Reads the files again, while requests go on by the rules that there are. Requests that come once it is done are tested by what the files
   * say. Reloads that are asked for while one runs are one more, behind it: what the files say by then counts.
   *
   * @throws {PalisadeError} as the constructor, or the signal's reason, by the promise; then the rules are those of before
   */
  reload(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#start();
    // Whoever asked for the reload that runs is told its error.
    this.#next = this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  #start(): Promise<void> {
    this.#running = this.#build().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #build(): Promise<void> {
    const { files, reader, signal } = this.#options;
    const loaded = await loadRulesInSlices(files, reader, signal);
    const engine = await Engine.build(loaded, this.#engineOptions(), signal);
    await engine.warmUpInSlices(WARM_UP_ROUNDS, signal);
    this.#current = ruleSetOf(loaded, engine);
  }

  #engineOptions(): EngineOptions {
    return { readData: this.#options.readData, clock: Date.now, store: this.#store };
  }
}

/** What is held of bodies has to do for every transaction, whichever limit a `ctl` sets in it. */
function limitOf(
  loaded: LoadedRules,
  control: "requestBodyLimit" | "responseBodyLimit",
  settingBytes: number,
): number {
  let most = settingBytes;
  for (const { links } of loaded.rules)
    for (const { effects } of links)
      for (const effect of effects)
        if (effect.kind === "ctl" && effect.change.control === control)
          most = Math.max(most, effect.change.bytes);
  return most;
}

function ruleSetOf(loaded: LoadedRules, engine: Engine): LoadedRuleSet {
  const { mode, requestBodyBytesMax, responseBodyBytesMax } = engineSettings(loaded.settings);
  return {
    engine,
    audit: AuditPolicy.of(loaded.settings),
    mode,
    rules: loaded.rules.length,
    files: loaded.files.length,
    requestBodyBytesMax: limitOf(loaded, "requestBodyLimit", requestBodyBytesMax),
    responseBodyBytesMax: limitOf(loaded, "responseBodyLimit", responseBodyBytesMax),
  };
}
