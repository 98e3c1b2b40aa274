/** What rules do besides deciding: variables, collections, `ctl`. Done each time a rule of a chain matches a value. */
import type { CompiledEffect, CompiledMacro } from "../engine/compiled.js";
import { BODY_KEPT_BYTES_MAX } from "../engine/settings.js";
import { integerOf } from "../operators/numeric.js";
import { addBits } from "../plan/bits.js";
import { nameHash } from "./names.js";
import { expandMacro, type ValueReading } from "./read-variable.js";
import { type State, TARGET_REMOVALS_MAX } from "./state.js";
import { COLLECTION_KEY_BYTES_MAX } from "./store.js";

/** Most octets of a variable's name that macros make; the rest is cut off. */
export const VARIABLE_NAME_BYTES_MAX = 4096;

const SECOND_MS = 1000;

export class EffectRunner {
  readonly #state: State;
  readonly #reading: ValueReading;
  /** The name that `#expandName` left. */
  #octets: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #hash = 0;

  constructor(state: State, reading: ValueReading) {
    this.#state = state;
    this.#reading = reading;
  }

  run(effect: CompiledEffect): void {
    const { scratch } = this.#state;
    const mark = scratch.length;
    switch (effect.kind) {
      case "setvar":
        this.#setvar(effect);
        break;
      case "open":
        this.#open(effect);
        break;
      case "expirevar":
        this.#expirevar(effect);
        break;
      case "setenv":
        this.#setenv(effect);
        break;
      case "ruleRemove":
        addBits(this.#state.removed, effect.bits);
        this.#state.candidates.takeOut(effect.bits);
        break;
      case "ruleRemoveTarget":
        this.#removeTarget(effect);
        break;
      case "ctl":
        this.#control(effect);
        break;
    }
    scratch.length = mark;
  }

  #setvar(effect: Extract<CompiledEffect, { readonly kind: "setvar" }>): void {
    const map = this.#state.maps[effect.map];
    // A collection that nothing has opened holds nothing.
    if (map === undefined) return;
    const { scratch } = this.#state;
    this.#expandName(effect.name);
    const octets = this.#octets;
    const start = this.#start;
    const end = this.#end;
    const hash = this.#hash;
    if (start === end) return;
    const { literal } = effect.name;
    const entry = literal === undefined ? map.find(octets, start, end, hash) : map.findName(literal);
    if (effect.operation === "unset") {
      if (entry >= 0) map.unset(entry);
      return;
    }
    if (effect.operation === "set" && effect.value.literal !== undefined) {
      const value = effect.value.literal.octets;
      map.set(octets, start, end, value, 0, value.length, hash, entry);
      return;
    }
    const from = scratch.length;
    expandMacro(effect.value, this.#reading, scratch);
    if (effect.operation === "set") {
      map.set(octets, start, end, scratch.octets, from, scratch.length, hash, entry);
      return;
    }
    const amount = integerOf(scratch.octets, from, scratch.length);
    const before =
      entry >= 0 && map.isSet(entry, this.#state.startedMs)
        ? integerOf(map.octets, map.valueStart(entry), map.valueEnd(entry))
        : 0;
    const sum = effect.operation === "add" ? before + amount : before - amount;
    const at = scratch.appendNumber(sum);
    map.set(octets, start, end, scratch.octets, at, scratch.length, hash, entry);
  }

  #open(effect: Extract<CompiledEffect, { readonly kind: "open" }>): void {
    const state = this.#state;
    const { scratch, program } = state;
    const from = scratch.length;
    expandMacro(effect.key, this.#reading, scratch, COLLECTION_KEY_BYTES_MAX);
    const key = Buffer.from(scratch.octets.subarray(from, scratch.length)).toString("latin1");
    if (key === "") return;
    const seconds = program.settings.collectionTimeoutSeconds;
    // Sessions, users and resources of one application are not those of another.
    const owned = effect.source.kind === "initcol" ? key : `${program.settings.webAppId}\n${key}`;
    state.maps[effect.map] = program.store.open(effect.collection, owned, state.startedMs, seconds);
    if (effect.source.kind === "setsid") state.setText("SESSIONID", scratch.octets, from, scratch.length);
    if (effect.source.kind === "setuid") state.setText("USERID", scratch.octets, from, scratch.length);
  }

  #expirevar(effect: Extract<CompiledEffect, { readonly kind: "expirevar" }>): void {
    const map = this.#state.maps[effect.map];
    if (map === undefined) return;
    this.#expandName(effect.name);
    const entry = map.find(this.#octets, this.#start, this.#end, this.#hash);
    if (entry >= 0) map.expire(entry, this.#state.startedMs + effect.seconds * SECOND_MS);
  }

  #setenv(effect: Extract<CompiledEffect, { readonly kind: "setenv" }>): void {
    const map = this.#state.maps[effect.map]!;
    const { octets, hash } = effect.name;
    if (effect.value === undefined) {
      const entry = map.find(octets, 0, octets.length, hash);
      if (entry >= 0) map.unset(entry);
      return;
    }
    const { scratch } = this.#state;
    const from = scratch.length;
    expandMacro(effect.value, this.#reading, scratch);
    map.set(octets, 0, octets.length, scratch.octets, from, scratch.length, hash);
  }

  #removeTarget(effect: Extract<CompiledEffect, { readonly kind: "ruleRemoveTarget" }>): void {
    const { candidates, targetRemovals, targetRemovalBits } = this.#state;
    if (targetRemovals.includes(effect)) return;
    if (targetRemovals.length === TARGET_REMOVALS_MAX) {
      this.#state.error("More targets are removed than a transaction holds");
      return;
    }
    targetRemovals.push(effect);
    addBits(targetRemovalBits, effect.bits);
    candidates.takeOut(effect.bits);
  }

  #control({ change }: Extract<CompiledEffect, { readonly kind: "ctl" }>): void {
    const state = this.#state;
    switch (change.control) {
      case "ruleEngine":
        state.mode = change.mode;
        return;
      case "auditEngine":
        state.auditMode = change.mode;
        return;
      case "auditLogParts": {
        const before = new Set(state.auditParts ?? state.program.settings.auditParts);
        if (change.change === "set") before.clear();
        for (const part of change.parts)
          if (change.change === "remove") before.delete(part);
          else before.add(part);
        state.auditParts = [...before].sort().join("");
        return;
      }
      case "requestBodyProcessor":
        state.setTextOf("REQBODY_PROCESSOR", change.processor);
        return;
      case "responseBodyProcessor":
        state.setTextOf("RES_BODY_PROCESSOR", change.processor);
        return;
      case "requestBodyLimit":
        state.requestBodyBytesMax = Math.min(change.bytes, BODY_KEPT_BYTES_MAX);
        return;
      case "responseBodyLimit":
        state.responseBodyBytesMax = Math.min(change.bytes, BODY_KEPT_BYTES_MAX);
        return;
      case "parseXmlIntoArgs":
        state.xmlIntoArguments = change.mode;
        return;
      case "forceRequestBodyVariable":
        state.requestBodyForced = change.on;
        return;
      case "forceResponseBodyVariable":
        state.responseBodyForced = change.on;
        return;
      case "requestBodyAccess":
        state.requestBodyAccess = change.on;
        return;
      case "responseBodyAccess":
        state.responseBodyAccess = change.on;
        return;
      case "debugLogLevel":
        // There is no debug log: an observer is told what rules do.
        return;
    }
  }

  #expandName(macro: CompiledMacro): void {
    if (macro.literal !== undefined) {
      this.#octets = macro.literal.octets;
      this.#start = 0;
      this.#end = macro.literal.octets.length;
      this.#hash = macro.literal.hash;
      return;
    }
    const { scratch } = this.#state;
    this.#start = scratch.length;
    expandMacro(macro, this.#reading, scratch, VARIABLE_NAME_BYTES_MAX);
    this.#octets = scratch.octets;
    this.#end = scratch.length;
    this.#hash = nameHash(this.#octets, this.#start, this.#end);
  }
}
