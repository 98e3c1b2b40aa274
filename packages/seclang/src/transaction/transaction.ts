/** One request and its response, taken through the phases of a rule set. No sockets, no waiting: whoever calls brings the octets. */
import { assert } from "@palisade/base";
import type { AuditMode, EngineMode } from "../language/ast.js";
import { BodyIntake } from "./body-intake.js";
import { Evaluation } from "./evaluation.js";
import type { Hit, Interruption } from "./hit.js";
import { isName, nameOf } from "./names.js";
import { PhaseRunner } from "./phases.js";
import { mediaType, takeRequestHeader, takeRequestLine } from "./request.js";
import { type Program, State } from "./state.js";
import type { TextVariable } from "./variables.js";

/** Addresses in the usual notation, ports as numbers. */
export interface Connection {
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly serverAddress: string;
  readonly serverPort: number;
}

/** What runs a transaction; emptied and used again. */
export class Machine {
  readonly state: State;
  readonly phases: PhaseRunner;
  readonly requestBody: BodyIntake;
  readonly responseBody: BodyIntake;

  constructor(program: Program) {
    this.state = new State(program);
    this.phases = new PhaseRunner(this.state, new Evaluation(this.state));
    this.requestBody = new BodyIntake(this.state, "request");
    this.responseBody = new BodyIntake(this.state, "response");
    this.reset();
  }

  /** Gives back what a transaction has filled, so that machines that wait hold no bodies. */
  reset(): void {
    this.state.reset();
    this.requestBody.reset();
    this.responseBody.reset();
  }
}

const CONTENT_TYPE = nameOf(Buffer.from("content-type"));
const CONTENT_LENGTH = nameOf(Buffer.from("content-length"));
/** Processors whose body `REQUEST_BODY` has (reference manual, of that name); of others only where it is forced. */
const SHOWN: ReadonlySet<string> = new Set(["URLENCODED", "RAW"]);
const NOTHING = new Uint8Array(0);
const SPACE = Uint8Array.of(0x20);

/**
 * Called in the order of its methods; what does not happen is left out, and a message without a body needs no call of `requestBody`.
 * Octets are copied: none is kept. A method that ends a phase returns what was decided, and later ones decide nothing any more, but
 * `finish` runs phase 5 in any case.
 */
export class Transaction {
  #machine: Machine | undefined;
  readonly #release: (machine: Machine) => void;
  #hits: readonly Hit[] = [];
  #hitsDropped = 0;
  #errors: readonly string[] = [];
  #interruption: Interruption | undefined;
  #auditMode: AuditMode | undefined;
  #auditParts: string | undefined;
  #auditRelevant = false;
  #engineMode: EngineMode = "On";

  /** @param release takes the machine back when the transaction is finished */
  constructor(machine: Machine, uniqueId: string, release: (machine: Machine) => void) {
    machine.state.begin();
    machine.state.setTextOf("UNIQUE_ID", uniqueId);
    machine.state.setTextOf("REQBODY_PROCESSOR", "");
    this.#machine = machine;
    this.#release = release;
  }

  /** Rules that matched and log, in the order in which they did. */
  get hits(): readonly Hit[] {
    return this.#machine?.state.hits ?? this.#hits;
  }

  /** How many matched beyond `HITS_MAX`. */
  get hitsDropped(): number {
    return this.#machine?.state.hitsDropped ?? this.#hitsDropped;
  }

  /** What was wrong with the messages: a line each. */
  get errors(): readonly string[] {
    return this.#machine?.state.errors ?? this.#errors;
  }

  get interruption(): Interruption | undefined {
    return this.#machine === undefined ? this.#interruption : this.#machine.state.interruption;
  }

  /** What `ctl:auditEngine` said. */
  get auditMode(): AuditMode | undefined {
    return this.#machine === undefined ? this.#auditMode : this.#machine.state.auditMode;
  }

  /** What `ctl:auditLogParts` made of `SecAuditLogParts`; undefined: nothing. */
  get auditParts(): string | undefined {
    return this.#machine === undefined ? this.#auditParts : this.#machine.state.auditParts;
  }

  /** Whether a rule matched that marks its transaction for the audit log: one with `auditlog`, whether it logs or not. */
  get auditRelevant(): boolean {
    return this.#machine?.state.auditRelevant ?? this.#auditRelevant;
  }

  /** `SecRuleEngine`, or what `ctl:ruleEngine` made of it. */
  get engineMode(): EngineMode {
    return this.#machine?.state.mode ?? this.#engineMode;
  }

  /** After `endRequestHeaders`: whether the request's body has to be brought before phase 2. */
  get readsRequestBody(): boolean {
    return this.#running().requestBody.reads;
  }

  /** After `endResponseHeaders`: whether the response's body has to be held and brought before phase 4. */
  get readsResponseBody(): boolean {
    return this.#running().responseBody.reads;
  }

  connection({ clientAddress, clientPort, serverAddress, serverPort }: Connection): void {
    const { state } = this.#running();
    state.setTextOf("REMOTE_ADDR", clientAddress);
    state.setTextOf("REMOTE_HOST", clientAddress);
    state.setTextOf("SERVER_ADDR", serverAddress);
    state.setNumber("REMOTE_PORT", clientPort);
    state.setNumber("SERVER_PORT", serverPort);
  }

  /** @param protocol as sent: `HTTP/1.1` */
  requestLine(method: Uint8Array, target: Uint8Array, protocol: Uint8Array): void {
    takeRequestLine(this.#running().state, method, target, protocol);
  }

  /** A header as sent, without its colon and the white space around its value. Both may be parts of the octets of a whole head. */
  requestHeader(
    name: Uint8Array,
    value: Uint8Array,
    nameStart = 0,
    nameEnd = name.length,
    valueStart = 0,
    valueEnd = value.length,
  ): void {
    const { state } = this.#running();
    takeRequestHeader(state, name, nameStart, nameEnd, value, valueStart, valueEnd);
  }

  /** Phase 1. */
  endRequestHeaders(): Interruption | undefined {
    const { state, phases, requestBody } = this.#running();
    const decided = phases.run(1);
    if (state.mode === "Off" || !state.requestBodyAccess || state.interruption !== undefined) return decided;
    const processor = this.#text("REQBODY_PROCESSOR");
    requestBody.begin(
      processor,
      this.#header("requestHeaders"),
      state.requestBodyForced || SHOWN.has(processor.toUpperCase()),
    );
    return decided;
  }

  /** A piece of the body. Returns what its limit decides. */
  requestBody(chunk: Uint8Array): Interruption | undefined {
    return this.#limited(this.#running().requestBody.feed(chunk));
  }

  /** Phase 2. */
  endRequestBody(): Interruption | undefined {
    const { phases, requestBody } = this.#running();
    return this.#limited(requestBody.finish()) ?? phases.run(2);
  }

  /** @param status `200`; @param protocol as sent */
  responseLine(protocol: Uint8Array, status: number): void {
    const { state } = this.#running();
    state.setText("RESPONSE_PROTOCOL", protocol, 0, protocol.length);
    state.setTextOf("RESPONSE_STATUS", `${status}`);
    const { arena } = state.values;
    const at = arena.append(protocol, 0, protocol.length);
    arena.append(SPACE, 0, SPACE.length);
    arena.appendNumber(status);
    state.setSpan("STATUS_LINE", at, arena.length);
  }

  /** As `requestHeader`. */
  responseHeader(
    name: Uint8Array,
    value: Uint8Array,
    nameStart = 0,
    nameEnd = name.length,
    valueStart = 0,
    valueEnd = value.length,
  ): void {
    const { state } = this.#running();
    const record = state.values.add(name, nameStart, nameEnd, value, valueStart, valueEnd);
    if (record < 0) {
      state.error("Response: more headers than a transaction holds");
      return;
    }
    state.list("responseHeaders").push(record);
    if (isName(CONTENT_TYPE, name, nameStart, nameEnd))
      state.setText("RESPONSE_CONTENT_TYPE", value, valueStart, valueEnd);
    if (isName(CONTENT_LENGTH, name, nameStart, nameEnd)) {
      // RFC 9110 §8.6: digits alone; more of them than this are no length of anything.
      const text = Buffer.from(value.subarray(valueStart, valueEnd)).toString("latin1");
      if (/^[0-9]{1,15}$/.test(text)) state.setNumber("RESPONSE_CONTENT_LENGTH", Number(text));
    }
  }

  /** Phase 3. */
  endResponseHeaders(): Interruption | undefined {
    const { state, phases, responseBody } = this.#running();
    const decided = phases.run(3);
    if (state.mode === "Off" || !state.responseBodyAccess || state.interruption !== undefined) return decided;
    const contentType = this.#header("responseHeaders");
    if (
      state.responseBodyForced ||
      isInspected(mediaType(contentType), state.program.settings.responseBodyTypes)
    )
      responseBody.begin(this.#text("RES_BODY_PROCESSOR"), contentType, true);
    return decided;
  }

  /** A piece of the body. Returns what its limit decides. */
  responseBody(chunk: Uint8Array): Interruption | undefined {
    return this.#limited(this.#running().responseBody.feed(chunk));
  }

  /** Phase 4. */
  endResponseBody(): Interruption | undefined {
    const { phases, responseBody } = this.#running();
    return this.#limited(responseBody.finish()) ?? phases.run(4);
  }

  /** Phase 5, and the end: only what the transaction tells can be read afterwards. */
  finish(): void {
    const machine = this.#running();
    machine.phases.run(5);
    const { hits, hitsDropped, errors, interruption, auditMode, auditParts, auditRelevant, mode } =
      machine.state;
    this.#hits = hits;
    this.#hitsDropped = hitsDropped;
    this.#errors = errors;
    this.#interruption = interruption;
    this.#auditMode = auditMode;
    this.#auditParts = auditParts;
    this.#auditRelevant = auditRelevant;
    this.#engineMode = mode;
    this.#machine = undefined;
    machine.reset();
    this.#release(machine);
  }

  #running(): Machine {
    assert(this.#machine !== undefined, "transaction: it is finished");
    return this.#machine;
  }

  /** What a limit decides counts where the engine decides, and where nothing was decided before. */
  #limited(decided: Interruption | undefined): Interruption | undefined {
    const { state } = this.#running();
    if (decided === undefined || state.mode !== "On" || state.interruption !== undefined) return undefined;
    state.interruption = decided;
    return decided;
  }

  #text(name: TextVariable): string {
    const { state } = this.#running();
    const record = state.textRecord(name);
    if (record < 0) return "";
    const { arena } = state.values;
    return Buffer.from(
      arena.octets.subarray(state.values.valueStart(record), state.values.valueEnd(record)),
    ).toString("latin1");
  }

  /** The last Content-Type, which is the one that chose the processor. */
  #header(list: "requestHeaders" | "responseHeaders"): Uint8Array {
    const { state } = this.#running();
    const { values } = state;
    const { records, count } = state.list(list);
    const { octets } = values.arena;
    for (let at = count - 1; at >= 0; at -= 1) {
      const record = records[at]!;
      const [start, end] = [values.nameStart(record), values.nameEnd(record)];
      if (isName(CONTENT_TYPE, octets, start, end))
        return octets.slice(values.valueStart(record), values.valueEnd(record));
    }
    return NOTHING;
  }
}

/** `null`: responses without a media type; `text/*`: all of a kind. */
function isInspected(type: string, types: readonly string[]): boolean {
  return types.some(
    (known) =>
      known === type ||
      (known === "null" && type === "") ||
      (known.endsWith("/*") && type.startsWith(known.slice(0, -1))),
  );
}
