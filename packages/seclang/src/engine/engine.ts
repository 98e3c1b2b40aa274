/** A rule set that transactions run on: compiled once, shared by all. */
import { bodyProcessorOf as packageBodyProcessorOf } from "../bodies/index.js";
import type { LoadedRules } from "../language/rule.js";
import { operatorOf as packageOperatorOf } from "../operators/index.js";
import { CAPTURES_MAX, type OperatorKind } from "../operators/operator.js";
import { dormantRules } from "../plan/dormant.js";
import { emptyPlan, makePlan } from "../plan/plan.js";
import { prologueOf } from "../plan/prologue.js";
import { atOnce, inSlices, type Sliced } from "../slices.js";
import type { BodyProcessorOf } from "../transaction/body-intake.js";
import { NameTable } from "../transaction/names.js";
import type { TransactionObserver } from "../transaction/observer.js";
import type { Program } from "../transaction/state.js";
import { type CollectionStore, MemoryStore } from "../transaction/store.js";
import { Machine, Transaction } from "../transaction/transaction.js";
import { transformationOf } from "../transformations/index.js";
import type { Transformation } from "../transformations/transformation.js";
import { compileRules } from "./compile-rules.js";
import { readsEarlierMatch } from "./earlier-match.js";
import { engineSettings } from "./settings.js";
import { TransformationTree } from "./transformation-tree.js";
import { warmUp } from "./warm-up.js";

/** Most transactions' memory that is kept for later ones. */
export const MACHINES_KEPT_MAX = 64;

export interface EngineOptions {
  /** Operators by name, without `@`; default: those of this package. */
  readonly operatorOf?: (name: string) => OperatorKind | undefined;
  /** Default: those of this package. */
  readonly bodyProcessorOf?: BodyProcessorOf;
  /** The data file that a rule names, relative to its rule file. @throws {PalisadeError} where it cannot be read */
  readonly readData: (name: string, ruleFile: string) => Uint8Array;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Default: those of this package. */
  readonly transformationOf?: (name: string) => Transformation | undefined;
  /** Where collections are kept that outlive a transaction; default: in memory, for this engine alone. */
  readonly store?: CollectionStore;
  /** What `ENV` holds; default: nothing. */
  readonly environment?: ReadonlyMap<string, string>;
  readonly observer?: TransactionObserver;
  /** False: every rule meets every value of its targets, as if no plan were known. Verdicts are the same. Default: true. */
  readonly planned?: boolean;
}

export class Engine {
  readonly rules: LoadedRules;
  readonly #program: Program;
  readonly #idle: Machine[] = [];

  private constructor(rules: LoadedRules, program: Program) {
    this.rules = rules;
    this.#program = program;
  }

  /**
   * Compiles a rule set.
   *
   * @throws {PalisadeError} with a place: an operator's argument, a pattern or a data file that it is refused for. Nothing is left out.
   */
  static of(rules: LoadedRules, options: EngineOptions): Engine {
    return atOnce(Engine.#building(rules, options));
  }

  /**
   * As `of`, while the event loop turns: see `SLICE_MS`. What `of` throws rejects the promise.
   *
   * @param signal where it aborts, nothing more is compiled, and the promise is rejected with its reason
   */
  static build(rules: LoadedRules, options: EngineOptions, signal?: AbortSignal): Promise<Engine> {
    return inSlices(Engine.#building(rules, options), signal);
  }

  static *#building(rules: LoadedRules, options: EngineOptions): Sliced<Engine> {
    const tree = new TransformationTree(options.transformationOf ?? transformationOf);
    const { operatorOf = packageOperatorOf, readData } = options;
    const names = new NameTable();
    const phases = yield* compileRules(rules, { operatorOf, read: readData, tree, names });
    const groups = Array.from({ length: CAPTURES_MAX }, (_, group) => names.of(Buffer.from(`${group}`)));
    const program: Program = {
      phases,
      keepsMatches: phases.flat().some(readsEarlierMatch),
      names: names.size,
      groups,
      plan: emptyPlan(phases, rules.rules.length),
      prologue: undefined,
      rules: rules.rules.length,
      settings: engineSettings(rules.settings),
      bodyProcessorOf: options.bodyProcessorOf ?? packageBodyProcessorOf,
      store: options.store ?? new MemoryStore(),
      clock: options.clock,
      environment: options.environment ?? new Map(),
      observer: options.observer,
    };
    if (options.planned === false) return new Engine(rules, program);
    const dormant = yield* dormantRules({ ...program, store: new MemoryStore() });
    return new Engine(rules, {
      ...program,
      plan: yield* makePlan(phases, dormant, rules.rules.length),
      prologue: options.observer === undefined ? prologueOf(program) : undefined,
    });
  }

  /**
   * Runs the rules on messages of its own: what V8 compiles and patterns find out at their first use, no request waits for then. What rules
   * keep of clients stays as it is.
   *
   * @param rounds times that each of some twenty messages is brought; 16 before the first engine of a process, 2 before another
   */
  warmUp(rounds: number): void {
    atOnce(this.#warmingUp(rounds));
  }

  /** As `warmUp`, while the event loop turns. @param signal see `build` */
  warmUpInSlices(rounds: number, signal?: AbortSignal): Promise<void> {
    return inSlices(this.#warmingUp(rounds), signal);
  }

  #warmingUp(rounds: number): Sliced<void> {
    return warmUp({ ...this.#program, store: new MemoryStore(), observer: undefined }, rounds);
  }

  /** @param uniqueId `UNIQUE_ID`: no two transactions have the same, and nobody can guess one */
  begin(uniqueId: string): Transaction {
    const machine = this.#idle.pop() ?? new Machine(this.#program);
    return new Transaction(machine, uniqueId, this.#keep);
  }

  readonly #keep = (machine: Machine): void => {
    if (this.#idle.length < MACHINES_KEPT_MAX) this.#idle.push(machine);
  };
}
