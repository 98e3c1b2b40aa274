/** All that a transaction knows, in objects that are emptied and used again for the next one. */
import type { CompiledEffect, CompiledRule } from "../engine/compiled.js";
import type { EngineSettings } from "../engine/settings.js";
import type { AllowScope, AuditMode, EngineMode, XmlArguments } from "../language/ast.js";
import { Captures } from "../operators/operator.js";
import { Candidates } from "../plan/candidates.js";
import type { Plan } from "../plan/plan.js";
import type { Prologue } from "../plan/prologue.js";
import { Arena } from "./arena.js";
import type { BodyProcessorOf } from "./body-intake.js";
import { HITS_MAX, type Hit, type Interruption } from "./hit.js";
import { Matched } from "./matched.js";
import type { Name } from "./names.js";
import type { TransactionObserver } from "./observer.js";
import type { CollectionStore } from "./store.js";
import { TransformationCache } from "./transformation-cache.js";
import { RecordList, Values } from "./values.js";
import { COLLECTION_BYTES_MAX, COLLECTION_VARIABLES_MAX, VariableMap } from "./variable-map.js";
import {
  LISTS,
  type ListName,
  MAPS,
  NUMBERS,
  type NumberVariable,
  numberIndex,
  TEXTS,
  type TextVariable,
  textIndex,
} from "./variables.js";

/** Most exclusions by `ctl:ruleRemoveTarget…` of a transaction; later ones have no effect, which is told. */
export const TARGET_REMOVALS_MAX = 1024;
/** Most lines of what was wrong with a message. */
export const ERRORS_MAX = 64;

/** What transactions of one engine share. */
export interface Program {
  /** Phase 1 … 5 at index 0 … 4. */
  readonly phases: readonly (readonly CompiledRule[])[];
  /** Whether any rule asks for what rules before it have matched. */
  readonly keepsMatches: boolean;
  readonly plan: Plan;
  /** Where there is nobody who is told what rules do. */
  readonly prologue: Prologue | undefined;
  /** How many names the rules have: slots. */
  readonly names: number;
  /** `0` … `9`: those of what captures write to `TX`. */
  readonly groups: readonly Name[];
  /** Rules of all phases: the bits that a set of rules has. */
  readonly rules: number;
  readonly settings: EngineSettings;
  readonly bodyProcessorOf: BodyProcessorOf;
  readonly store: CollectionStore;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly environment: ReadonlyMap<string, string>;
  readonly observer: TransactionObserver | undefined;
}

/** Above all severities: nothing has matched. */
const SEVERITY_NONE = 255;
const NOTHING = new Uint8Array(0);
const TX = MAPS.indexOf("TX");
const ENV = MAPS.indexOf("ENV");

export class State {
  readonly program: Program;
  readonly values = new Values();
  readonly lists: readonly RecordList[] = LISTS.map(() => new RecordList());
  /** Records of `values`; -1 where there is none. */
  readonly texts = new Int32Array(TEXTS.length);
  readonly numbers = new Float64Array(NUMBERS.length);
  /** Undefined: not opened. */
  readonly maps: (VariableMap | undefined)[] = MAPS.map(() => undefined);
  readonly matched = new Matched();
  readonly cache = new TransformationCache();
  readonly candidates: Candidates;
  readonly captures = new Captures();
  /** What is only needed for a moment: counts, numbers, expanded macros. */
  readonly scratch = new Arena();
  readonly requestBody = new Arena();
  readonly responseBody = new Arena();
  /** A bit for each rule that `ctl:ruleRemove…` took out. */
  readonly removed: Uint32Array;
  readonly targetRemovals: Extract<CompiledEffect, { readonly kind: "ruleRemoveTarget" }>[] = [];
  /** Rules that any of them is about. */
  readonly targetRemovalBits: Uint32Array;

  startedMs = 0;
  mode: EngineMode = "On";
  auditMode: AuditMode | undefined;
  auditParts: string | undefined;
  /** Whether a rule matched that marks its transaction for the audit log. */
  auditRelevant = false;
  allowed: AllowScope | undefined;
  interruption: Interruption | undefined;
  rule: CompiledRule | undefined;
  phase: 1 | 2 | 3 | 4 | 5 = 1;
  requestBodyAccess = true;
  responseBodyAccess = false;
  requestBodyBytesMax = 0;
  responseBodyBytesMax = 0;
  requestBodyForced = false;
  responseBodyForced = false;
  /** Whether REQUEST_BODY has the body. */
  requestBodyShown = false;
  responseBodyShown = false;
  xmlIntoArguments: XmlArguments = "Off";
  hits: Hit[] = [];
  errors: string[] = [];
  /** Rules that matched beyond `HITS_MAX`. */
  hitsDropped = 0;
  /** The one that was taken: the first variables of `TX` are its. */
  prologue: Prologue | undefined;
  readonly #tx: VariableMap;
  readonly #environment = new VariableMap();

  constructor(program: Program) {
    this.program = program;
    this.#tx = new VariableMap(COLLECTION_VARIABLES_MAX, COLLECTION_BYTES_MAX, program.names);
    this.candidates = new Candidates(program.plan, this);
    this.removed = new Uint32Array((program.rules + 31) >>> 5);
    this.targetRemovalBits = new Uint32Array(this.removed.length);
  }

  /** A transaction begins now. */
  begin(): void {
    this.startedMs = this.program.clock();
  }

  /** As if it were new. */
  reset(): void {
    const { settings, environment } = this.program;
    this.values.reset();
    for (const list of this.lists) list.count = 0;
    this.texts.fill(-1);
    this.numbers.fill(0);
    this.maps.fill(undefined);
    this.maps[TX] = this.#tx;
    this.maps[ENV] = this.#environment;
    this.#tx.reset();
    this.#environment.reset();
    this.matched.reset();
    this.cache.reset();
    this.candidates.reset();
    this.captures.count = 0;
    this.captures.octets = NOTHING;
    for (const arena of [this.scratch, this.requestBody, this.responseBody]) arena.reset();
    this.removed.fill(0);
    this.targetRemovals.length = 0;
    this.targetRemovalBits.fill(0);
    this.mode = settings.mode;
    this.auditMode = undefined;
    this.auditParts = undefined;
    this.auditRelevant = false;
    this.allowed = undefined;
    this.interruption = undefined;
    this.rule = undefined;
    this.phase = 1;
    this.requestBodyAccess = settings.requestBodyAccess;
    this.responseBodyAccess = settings.responseBodyAccess;
    this.requestBodyBytesMax = settings.requestBodyBytesMax;
    this.responseBodyBytesMax = settings.responseBodyBytesMax;
    this.requestBodyForced = false;
    this.responseBodyForced = false;
    this.requestBodyShown = false;
    this.responseBodyShown = false;
    this.xmlIntoArguments = settings.xmlIntoArguments;
    this.hits = [];
    this.errors = [];
    this.hitsDropped = 0;
    this.prologue = undefined;
    this.setNumber("HIGHEST_SEVERITY", SEVERITY_NONE);
    if (settings.webAppId !== "") this.setTextOf("WEBAPPID", settings.webAppId);
    for (const [name, value] of environment) {
      const octets = Buffer.from(value, "utf8");
      const nameOctets = Buffer.from(name, "utf8");
      this.#environment.set(nameOctets, 0, nameOctets.length, octets, 0, octets.length);
    }
  }

  /** Nothing has run, and then the rules of the prologue have. */
  takePrologue(prologue: Prologue): void {
    this.prologue = prologue;
    this.#tx.copy(prologue.tx);
    this.matched.copy(prologue.matched);
  }

  list(name: ListName): RecordList {
    return this.lists[LISTS.indexOf(name)]!;
  }

  setText(name: TextVariable, octets: Uint8Array, start: number, end: number): void {
    const at = this.values.arena.append(octets, start, end);
    this.setSpan(name, at, at + end - start);
  }

  /** Octets that are in the arena of values. */
  setSpan(name: TextVariable, start: number, end: number): void {
    const index = textIndex(name);
    const record = this.values.addSpan(start, start, start, end);
    // A text that there is no room for is not to be taken for the one before it.
    this.texts[index] = record;
  }

  setTextOf(name: TextVariable, text: string): void {
    const { arena } = this.values;
    const at = arena.appendUtf8(text);
    this.setSpan(name, at, arena.length);
  }

  /** -1 where it is not set. */
  textRecord(name: TextVariable): number {
    return this.texts[textIndex(name)]!;
  }

  number(name: NumberVariable): number {
    return this.numbers[numberIndex(name)]!;
  }

  setNumber(name: NumberVariable, value: number): void {
    this.numbers[numberIndex(name)] = value;
  }

  addNumber(name: NumberVariable, value: number): void {
    this.numbers[numberIndex(name)]! += value;
  }

  /** One line about what is wrong with a message. */
  error(line: string): void {
    if (this.errors.length < ERRORS_MAX) this.errors.push(line);
  }

  hit(hit: Hit): void {
    if (this.hits.length < HITS_MAX) this.hits.push(hit);
    else this.hitsDropped += 1;
  }
}
