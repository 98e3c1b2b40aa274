/** Bodies as they come: kept as far as rules ask for them whole, and taken apart by the processor that the transaction chose. */
import type { BodyError, BodyProcessor, BodySink } from "../bodies/body.js";
import type { BodyProcessorOptions } from "../bodies/index.js";
import { multipartStrict } from "../bodies/multipart-errors.js";
import type { Arena } from "./arena.js";
import type { Interruption } from "./hit.js";
import type { State } from "./state.js";
import type { ListName, NumberVariable } from "./variables.js";
import { NUMBERS } from "./variables.js";

const TOO_LARGE = 413;
const SERVER_ERROR = 500;
const EMPTY = new Uint8Array(0);
const XML_NAME = Buffer.from("xml");

/** Faults of a multipart body that also set `MULTIPART_STRICT_ERROR`. */
const STRICT: ReadonlySet<string> = new Set(multipartStrict);

/** A processor by its name, in any case; undefined where there is none. */
export type BodyProcessorOf = (
  name: string,
  contentType: Uint8Array,
  sink: BodySink,
  options: BodyProcessorOptions,
) => BodyProcessor | undefined;

/** One of the two bodies of a transaction. */
export class BodyIntake implements BodySink {
  readonly #state: State;
  readonly #isRequest: boolean;
  readonly #kept: Arena;
  readonly #arguments: ListName;
  #processor: BodyProcessor | undefined;
  /** Whether it is read at all, and whether all octets are kept. */
  #reads = false;
  #keeps = false;
  /** Octets that came. */
  #bytes = 0;
  #bytesMax = 0;
  #filesBytes = 0;
  /** Whether it is longer than it may be without its files. */
  #isTooLong = false;

  constructor(state: State, side: "request" | "response") {
    this.#state = state;
    this.#isRequest = side === "request";
    this.#kept = this.#isRequest ? state.requestBody : state.responseBody;
    this.#arguments = this.#isRequest ? "argumentsPost" : "responseArguments";
  }

  /** Whether octets of the body are read. */
  get reads(): boolean {
    return this.#reads;
  }

  reset(): void {
    this.#processor = undefined;
    this.#reads = false;
    this.#keeps = false;
    this.#bytes = 0;
    this.#filesBytes = 0;
    this.#isTooLong = false;
  }

  /** The headers are over. @param keeps whether all octets are kept, besides what a processor takes */
  begin(processor: string, contentType: Uint8Array, keeps: boolean): void {
    const state = this.#state;
    const { argumentsMax, separator, jsonDepthMax, filesMax } = state.program.settings;
    this.#reads = true;
    this.#keeps = keeps;
    this.#bytesMax = this.#isRequest ? state.requestBodyBytesMax : state.responseBodyBytesMax;
    if (processor === "") return;
    this.#processor = state.program.bodyProcessorOf(processor, contentType, this, {
      argumentsMax,
      separator,
      ...(jsonDepthMax !== undefined && { depthMax: jsonDepthMax }),
      ...(filesMax !== undefined && { filesMax }),
    });
    if (this.#processor === undefined) this.#fails(`${processor}: there is no such body processor`);
  }

  /** The next piece. Returns what a limit decides. */
  feed(octets: Uint8Array): Interruption | undefined {
    if (!this.#reads) return undefined;
    const before = this.#bytes;
    this.#bytes += octets.length;
    const end = Math.min(octets.length, Math.max(0, this.#bytesMax - before));
    if (end > 0) {
      if (this.#keeps) this.#kept.append(octets, 0, end);
      this.#processor?.feed(octets, 0, end);
    }
    if (this.#bytes > this.#bytesMax && before <= this.#bytesMax) return this.#exceeded();
    // How much of a part is a file's is known at the part's end.
    return this.#processor?.name === "MULTIPART" ? undefined : this.#checkWithoutFiles();
  }

  /** The body is over. Returns what a limit decides. */
  finish(): Interruption | undefined {
    if (!this.#reads) return undefined;
    if (this.#bytes > 0) this.#processor?.finish();
    const state = this.#state;
    if (!this.#isRequest) {
      state.responseBodyShown = this.#keeps;
      return undefined;
    }
    state.requestBodyShown = this.#keeps;
    state.setNumber("REQUEST_BODY_LENGTH", this.#bytes);
    return this.#checkWithoutFiles();
  }

  /** Returns what `SecRequestBodyNoFilesLimit` decides, once. */
  #checkWithoutFiles(): Interruption | undefined {
    const { requestBodyNoFilesBytesMax, requestBodyRejects } = this.#state.program.settings;
    const isWithin = this.#bytes - this.#filesBytes <= requestBodyNoFilesBytesMax;
    if (!this.#isRequest || this.#isTooLong || isWithin) return undefined;
    this.#isTooLong = true;
    this.#fails("The request body without its files is longer than SecRequestBodyNoFilesLimit");
    return requestBodyRejects ? rejection(TOO_LARGE) : undefined;
  }

  #exceeded(): Interruption | undefined {
    const state = this.#state;
    state.setNumber(this.#isRequest ? "INBOUND_DATA_ERROR" : "OUTBOUND_DATA_ERROR", 1);
    const { requestBodyRejects, responseBodyRejects } = state.program.settings;
    if (this.#isRequest) return requestBodyRejects ? rejection(TOO_LARGE) : undefined;
    return responseBodyRejects ? rejection(SERVER_ERROR) : undefined;
  }

  argument(
    name: Uint8Array,
    nameStart: number,
    nameEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const state = this.#state;
    const record = state.values.add(name, nameStart, nameEnd, value, valueStart, valueEnd);
    this.#push(this.#arguments, record);
    if (this.#isRequest) state.addNumber("ARGS_COMBINED_SIZE", nameEnd - nameStart + valueEnd - valueStart);
  }

  file(
    field: Uint8Array,
    fieldStart: number,
    fieldEnd: number,
    name: Uint8Array,
    nameStart: number,
    nameEnd: number,
    bytes: number,
  ): void {
    const { values, scratch } = this.#state;
    this.#push("files", values.add(field, fieldStart, fieldEnd, name, nameStart, nameEnd));
    const mark = scratch.length;
    scratch.appendNumber(bytes);
    this.#push("fileSizes", values.add(field, fieldStart, fieldEnd, scratch.octets, mark, scratch.length));
    scratch.length = mark;
    this.#state.addNumber("FILES_COMBINED_SIZE", bytes);
    this.#filesBytes += bytes;
  }

  partHeader(
    part: Uint8Array,
    partStart: number,
    partEnd: number,
    line: Uint8Array,
    lineStart: number,
    lineEnd: number,
  ): void {
    this.#push("partHeaders", this.#state.values.add(part, partStart, partEnd, line, lineStart, lineEnd));
  }

  xmlText(octets: Uint8Array, start: number, end: number): void {
    this.#xml("xmlTexts", octets, start, end);
  }

  xmlAttribute(octets: Uint8Array, start: number, end: number): void {
    this.#xml("xmlAttributes", octets, start, end);
  }

  error(error: BodyError): void {
    const state = this.#state;
    const { variable, value, fails, title } = error;
    // Where several kinds set the same variable, the smaller value is the graver one.
    if (variable !== undefined && isNumber(variable)) {
      const before = state.number(variable);
      state.setNumber(variable, before === 0 ? value : Math.min(before, value));
      if (STRICT.has(variable)) state.setNumber("MULTIPART_STRICT_ERROR", 1);
    }
    if (fails) {
      if (this.#processor?.name === "MULTIPART") state.setNumber("MULTIPART_STRICT_ERROR", 1);
      this.#fails(title);
    }
  }

  #xml(list: "xmlTexts" | "xmlAttributes", octets: Uint8Array, start: number, end: number): void {
    const state = this.#state;
    const mode = state.xmlIntoArguments;
    if (mode !== "OnlyArgs") this.#push(list, state.values.add(EMPTY, 0, 0, octets, start, end));
    if (mode !== "Off") this.argument(XML_NAME, 0, XML_NAME.length, octets, start, end);
  }

  #push(list: ListName, record: number): void {
    if (record >= 0) this.#state.list(list).push(record);
    else this.#fails("The body holds more than a transaction does");
  }

  #fails(title: string): void {
    const state = this.#state;
    const processor = this.#processor?.name;
    const message = processor === undefined ? title : `${spelled(processor)} parsing error: ${title}`;
    state.error(message);
    if (!this.#isRequest || state.number("REQBODY_ERROR") === 1) return;
    state.setNumber("REQBODY_ERROR", 1);
    state.setNumber("REQBODY_PROCESSOR_ERROR", 1);
    state.setTextOf("REQBODY_ERROR_MSG", message);
    state.setTextOf("REQBODY_PROCESSOR_ERROR_MSG", message);
  }
}

function rejection(status: number): Interruption {
  return { action: "deny", status, location: undefined, rule: undefined };
}

/** JSON, XML, Multipart, Urlencoded. */
function spelled(processor: string): string {
  if (processor.length <= 4) return processor;
  return processor[0]! + processor.slice(1).toLowerCase();
}

function isNumber(variable: string): variable is NumberVariable {
  return (NUMBERS as readonly string[]).includes(variable);
}
