/** Variables that are made when asked for, and the first value of any, as macros want it. */
import type { CompiledMacro } from "../engine/compiled.js";
import type { Arena } from "./arena.js";
import { isName, type Name } from "./names.js";
import type { State } from "./state.js";
import { nameId, REQUEST_BODY_ID, RESPONSE_BODY_ID, VOLATILE, valueId } from "./values.js";
import { VARIABLE_BYTES_MAX, type VariableMap } from "./variable-map.js";
import type { ComputedVariable, ListName, Reader } from "./variables.js";

/** Comparable with ModSecurity 3's: what its rules ask of it is there. */
const BUILD = "030000000";
const CR = 0x0d;
const LF = 0x0a;
const NOTHING = new Uint8Array(0);

/** Values one at a time, left in fields: nothing is made for one. */
export class ValueReading {
  octets: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** See `values.ts`. */
  id = VOLATILE;
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  text(index: number): void {
    const { texts, values } = this.#state;
    const record = texts[index]!;
    if (record < 0) this.#is(NOTHING, 0, 0, VOLATILE);
    else this.#is(values.arena.octets, values.valueStart(record), values.valueEnd(record), valueId(record));
  }

  number(value: number): void {
    const { scratch } = this.#state;
    const at = scratch.appendNumber(value);
    this.#is(scratch.octets, at, scratch.length, VOLATILE);
  }

  record(record: number, names: boolean): void {
    const { values } = this.#state;
    if (names)
      this.#is(values.arena.octets, values.nameStart(record), values.nameEnd(record), nameId(record));
    else this.#is(values.arena.octets, values.valueStart(record), values.valueEnd(record), valueId(record));
  }

  entry(map: VariableMap, entry: number): void {
    this.#is(map.octets, map.valueStart(entry), map.valueEnd(entry), VOLATILE);
  }

  matched(index: number, names: boolean): void {
    const { matched } = this.#state;
    if (names) this.#is(matched.arena.octets, matched.at(index, 0), matched.at(index, 1), VOLATILE);
    else this.#is(matched.arena.octets, matched.at(index, 2), matched.at(index, 3), VOLATILE);
  }

  /** `RULE:id`, `rev`, `severity`, `ver`, `msg`, `logdata`: of the rule that runs. False where it has none. */
  rule(name: Name | undefined): boolean {
    const { rule, scratch } = this.#state;
    if (rule === undefined || name === undefined) return false;
    const from = scratch.length;
    switch (Buffer.from(name.octets).toString("latin1").toLowerCase()) {
      case "id":
        scratch.appendNumber(rule.rule.id);
        break;
      case "severity":
        if (rule.rule.severity === undefined) return false;
        scratch.appendNumber(rule.rule.severity);
        break;
      case "rev":
        if (rule.rule.rev === undefined) return false;
        scratch.appendText(rule.rule.rev);
        break;
      case "ver":
        if (rule.rule.ver === undefined) return false;
        scratch.appendText(rule.rule.ver);
        break;
      case "msg":
        if (rule.rule.msg === undefined) return false;
        for (const part of rule.rule.msg)
          if (part.kind === "octets") scratch.append(part.octets, 0, part.octets.length);
        break;
      case "logdata":
        if (rule.rule.logdata === undefined) return false;
        for (const part of rule.rule.logdata)
          if (part.kind === "octets") scratch.append(part.octets, 0, part.octets.length);
        break;
      default:
        return false;
    }
    this.#is(scratch.octets, from, scratch.length, VOLATILE);
    return true;
  }

  computed(name: ComputedVariable): void {
    const state = this.#state;
    const { matched, scratch } = state;
    switch (name) {
      case "MATCHED_VAR":
      case "MATCHED_VAR_NAME":
        if (matched.last < 0) this.#is(NOTHING, 0, 0, VOLATILE);
        else this.matched(matched.last, name === "MATCHED_VAR_NAME");
        return;
      case "REQUEST_BODY":
        if (!state.requestBodyShown) this.#is(NOTHING, 0, 0, VOLATILE);
        else this.#is(state.requestBody.octets, 0, state.requestBody.length, REQUEST_BODY_ID);
        return;
      case "RESPONSE_BODY":
        if (!state.responseBodyShown) this.#is(NOTHING, 0, 0, VOLATILE);
        else this.#is(state.responseBody.octets, 0, state.responseBody.length, RESPONSE_BODY_ID);
        return;
      case "FULL_REQUEST":
      case "FULL_REQUEST_LENGTH": {
        const from = scratch.length;
        this.#fullRequest();
        const { length } = scratch;
        if (name === "FULL_REQUEST") {
          this.#is(scratch.octets, from, length, VOLATILE);
          return;
        }
        scratch.length = from;
        this.number(length - from);
        return;
      }
      case "MODSEC_BUILD": {
        const at = scratch.appendText(BUILD);
        this.#is(scratch.octets, at, scratch.length, VOLATILE);
        return;
      }
      case "DURATION":
        this.number(Math.max(0, state.program.clock() - state.startedMs));
        return;
      default: {
        const at = scratch.appendText(timeText(name, state.program.clock()));
        this.#is(scratch.octets, at, scratch.length, VOLATILE);
      }
    }
  }

  /** The first value, of those of a name where there is one; false where there is none. */
  first(reader: Reader, name: Name | undefined): boolean {
    const state = this.#state;
    switch (reader.kind) {
      case "text":
        this.text(reader.index);
        return true;
      case "number":
        this.number(state.numbers[reader.index]!);
        return true;
      case "computed":
        this.computed(reader.name);
        return true;
      case "rule":
        return this.rule(name);
      case "matched":
        if (state.matched.count === 0) return false;
        this.matched(0, reader.names);
        return true;
      case "map":
        return this.#firstOfMap(state.maps[reader.index], name);
      case "lists":
        return this.#firstOfLists(reader, name);
    }
  }

  #firstOfMap(map: VariableMap | undefined, name: Name | undefined): boolean {
    if (map === undefined) return false;
    const nowMs = this.#state.startedMs;
    if (name !== undefined) {
      const entry = map.findName(name);
      if (entry < 0 || !map.isSet(entry, nowMs)) return false;
      this.entry(map, entry);
      return true;
    }
    for (let entry = 0; entry < map.count; entry += 1)
      if (map.isSet(entry, nowMs)) {
        this.entry(map, entry);
        return true;
      }
    return false;
  }

  #firstOfLists(reader: Extract<Reader, { readonly kind: "lists" }>, name: Name | undefined): boolean {
    const { lists, values } = this.#state;
    for (const index of reader.lists) {
      const list = lists[index]!;
      for (let at = 0; at < list.count; at += 1) {
        const record = list.records[at]!;
        const { octets } = values.arena;
        const [start, end] = [values.nameStart(record), values.nameEnd(record)];
        if (name !== undefined && !isName(name, octets, start, end)) continue;
        this.record(record, reader.names);
        return true;
      }
    }
    return false;
  }

  /** The request as it would be sent: line, headers, body. */
  #fullRequest(): void {
    const state = this.#state;
    const { scratch, values } = state;
    const line = state.textRecord("REQUEST_LINE");
    if (line >= 0) scratch.append(values.arena.octets, values.valueStart(line), values.valueEnd(line));
    scratch.push(CR);
    scratch.push(LF);
    const headers = state.list("requestHeaders" satisfies ListName);
    for (let at = 0; at < headers.count; at += 1) {
      const record = headers.records[at]!;
      scratch.append(values.arena.octets, values.nameStart(record), values.nameEnd(record));
      scratch.appendText(": ");
      scratch.append(values.arena.octets, values.valueStart(record), values.valueEnd(record));
      scratch.push(CR);
      scratch.push(LF);
    }
    scratch.push(CR);
    scratch.push(LF);
    scratch.append(state.requestBody.octets, 0, state.requestBody.length);
  }

  #is(octets: Uint8Array, start: number, end: number, id: number): void {
    this.octets = octets;
    this.start = start;
    this.end = end;
    this.id = id;
  }
}

/** Appends what a macro becomes, up to some octets; a variable without a value becomes nothing. */
export function expandMacro(
  macro: CompiledMacro,
  reading: ValueReading,
  out: Arena,
  bytesMax = VARIABLE_BYTES_MAX,
): void {
  let left = bytesMax;
  for (const part of macro.parts) {
    if (part.kind === "octets") {
      const length = Math.min(left, part.octets.length);
      out.append(part.octets, 0, length);
      left -= length;
    } else {
      const from = out.length;
      if (!reading.first(part.reader, part.name)) continue;
      // What was made for the purpose lies in the scratch arena, which may be `out`.
      out.length = from;
      const length = Math.min(left, reading.end - reading.start);
      out.append(reading.octets, reading.start, reading.start + length);
      left -= length;
    }
  }
}

function timeText(name: ComputedVariable, nowMs: number): string {
  const date = new Date(nowMs);
  const two = (value: number) => `${value}`.padStart(2, "0");
  switch (name) {
    case "TIME":
      return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
    case "TIME_DAY":
      return `${date.getDate()}`;
    case "TIME_EPOCH":
      return `${Math.floor(nowMs / 1000)}`;
    case "TIME_HOUR":
      return `${date.getHours()}`;
    case "TIME_MIN":
      return `${date.getMinutes()}`;
    case "TIME_MON":
      return `${date.getMonth()}`;
    case "TIME_SEC":
      return `${date.getSeconds()}`;
    case "TIME_WDAY":
      return `${date.getDay()}`;
    default:
      return `${date.getFullYear()}`;
  }
}
