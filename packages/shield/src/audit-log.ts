/** The file that audit records go to: a line each, in the order in which transactions end. */
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { PalisadeError } from "@palisade/base";

/** Characters of lines that wait for the end of a turn of the event loop; with more, they are written at once. */
export const AUDIT_PENDING_CHARACTERS_MAX = 1_048_576;
/** Octets that wait for a pipe whose reader is slow; further lines are lost, which is counted and told. */
export const AUDIT_UNWRITTEN_BYTES_MAX = 16_777_216;

/** Milliseconds until a pipe that was full is tried again. */
const RETRY_MS = 50;

/** A pipe that is full, or that nobody reads, is not waited for; a file takes no notice. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const MODE = 0o640;

/** Why a file cannot be opened, by the system's code. */
const WHY_UNOPENED: Readonly<Record<string, string>> = {
  EACCES: "this user may not",
  EISDIR: "it is a folder",
  ENOENT: "the folder it would be in is not there",
  ENOTDIR: "a part of its path is no folder",
  EROFS: "it cannot be written there",
};

export interface AuditLogOptions {
  /** A line for people: that records are lost, and that they are written again. */
  readonly report: (message: string) => void;
}

/**
 * Written directly, one call a turn: what came before is in the system's hands before a later turn's request is read. A disk that is
 * slow therefore slows the proxy, and nothing is lost without being told.
 */
export class AuditLog {
  readonly #path: string;
  readonly #report: (message: string) => void;
  #file: number;
  #lines = "";
  #waits = false;
  #closed = false;
  /** Octets that a pipe did not take. */
  #unwritten: Buffer | undefined;
  /** The last write ended within a line. */
  #torn = false;
  #failing = false;
  #lost = 0;

  /** @throws {PalisadeError} `AUDIT_LOG` where the file cannot be opened */
  constructor(path: string, options: AuditLogOptions) {
    this.#path = path;
    this.#report = options.report;
    this.#file = this.#open();
  }

  /** Records that could not be written. */
  get lost(): number {
    return this.#lost;
  }

  /** @param line with its line feed */
  append(line: string): void {
    this.#lines += line;
    if (this.#lines.length >= AUDIT_PENDING_CHARACTERS_MAX) this.flush();
    else if (!this.#waits) {
      this.#waits = true;
      setImmediate(this.#onTurn);
    }
  }

  flush(): void {
    if (this.#lines !== "") {
      const octets = Buffer.from(this.#lines, "utf8");
      this.#lines = "";
      this.#unwritten = this.#unwritten === undefined ? octets : this.#joined(this.#unwritten, octets);
    }
    if (this.#unwritten !== undefined) this.#write(this.#unwritten);
  }

  /**
   * Opens the file anew: what a program that renames log files asks for. Where that fails, the old file is written on.
   *
   * @throws {PalisadeError} `AUDIT_LOG`
   */
  reopen(): void {
    this.flush();
    const file = this.#open();
    closeSync(this.#file);
    this.#file = file;
    this.#torn = false;
  }

  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    if (this.#unwritten !== undefined) this.#lose(this.#unwritten, "its reader takes no more");
    closeSync(this.#file);
  }

  readonly #onTurn = (): void => {
    this.#waits = false;
    if (!this.#closed) this.flush();
  };

  #write(octets: Buffer): void {
    this.#unwritten = undefined;
    let at = 0;
    try {
      if (this.#torn) {
        writeSync(this.#file, "\n");
        this.#torn = false;
      }
      while (at < octets.length) at += writeSync(this.#file, octets, at);
      if (this.#failing) {
        this.#failing = false;
        this.#report(`${this.#path}: written again; ${this.#lost} records were lost`);
      }
    } catch (error) {
      const rest = octets.subarray(at);
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") {
        this.#unwritten = rest;
        if (!this.#waits) {
          this.#waits = true;
          setTimeout(this.#onTurn, RETRY_MS).unref();
        }
        return;
      }
      this.#torn = at > 0 && octets[at - 1] !== 0x0a;
      this.#lose(rest, code === "ENOSPC" ? "no space is left there" : (code ?? message));
    }
  }

  #joined(first: Buffer, second: Buffer): Buffer {
    if (first.length + second.length <= AUDIT_UNWRITTEN_BYTES_MAX) return Buffer.concat([first, second]);
    this.#lose(second, "its reader is too slow");
    return first;
  }

  #lose(octets: Uint8Array, why: string): void {
    for (const octet of octets) if (octet === 0x0a) this.#lost += 1;
    if (this.#failing) return;
    this.#failing = true;
    this.#report(`${this.#path}: audit records cannot be written: ${why}`);
  }

  #open(): number {
    try {
      return openSync(this.#path, FLAGS, MODE);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      throw new PalisadeError(
        "AUDIT_LOG",
        code === "ENXIO"
          ? `${this.#path}: nobody reads this pipe: start its reader first`
          : `${this.#path}: the audit log cannot be opened (${WHY_UNOPENED[code ?? ""] ?? code ?? message}): name a file that this user may write`,
        { cause },
      );
    }
  }
}
