import { closeSync, openSync, writeSync } from "node:fs";
import { PalisadeError } from "@palisade/base";

/** Characters gathered before they are written. */
const GATHERED_MAX = 1 << 16;

/** Where results go: a file, or standard output; written in large pieces, with back pressure. */
export class Output {
  readonly #path: string | undefined;
  readonly #file: number | undefined;
  #gathered: string[] = [];
  #gatheredLength = 0;
  /** For formats that separate elements: how many were written. */
  elements = 0;

  /** @throws {PalisadeError} `OUTPUT_FAILED` where the file cannot be made */
  constructor(path: string | undefined) {
    this.#path = path === "-" ? undefined : path;
    try {
      this.#file = this.#path === undefined ? undefined : openSync(this.#path, "w");
    } catch (error) {
      throw this.#failed(error);
    }
  }

  get isTerminal(): boolean {
    return this.#file === undefined && process.stdout.isTTY === true;
  }

  /** Characters of a line, where people look at it. */
  get columns(): number | undefined {
    // A terminal that does not know says 0.
    return this.isTerminal ? process.stdout.columns || undefined : undefined;
  }

  write(text: string): void {
    this.#gathered.push(text);
    this.#gatheredLength += text.length;
    if (this.#gatheredLength >= GATHERED_MAX) this.flush();
  }

  flush(): void {
    if (this.#gatheredLength === 0) return;
    const octets = Buffer.from(this.#gathered.join(""), "utf8");
    this.#gathered = [];
    this.#gatheredLength = 0;
    if (this.#file === undefined) {
      process.stdout.write(octets);
      return;
    }
    try {
      for (let at = 0; at < octets.length; ) at += writeSync(this.#file, octets, at);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Waits while standard output has more than it can take at once. */
  async drained(): Promise<void> {
    if (this.#file !== undefined || !process.stdout.writableNeedDrain) return;
    await new Promise((resolve) => process.stdout.once("drain", resolve));
  }

  async close(): Promise<void> {
    this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
    else await this.drained();
  }

  #failed(error: unknown): PalisadeError {
    const reason = error instanceof Error ? error.message : String(error);
    return new PalisadeError("OUTPUT_FAILED", `${this.#path}: cannot be written: ${reason}`, {
      cause: error,
    });
  }
}
