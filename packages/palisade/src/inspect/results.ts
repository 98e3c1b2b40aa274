import type { Output } from "../output.js";

/** Results as they come, a line each. */
export class Lines {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  /** There may be none. */
  begin(): void {
    this.#output.begin();
  }

  add(line: string): void {
    this.#output.write(`${line}\n`);
  }

  end(): void {}
}

/** Results as elements of one JSON array, commas between them; no array where nothing was a capture. */
export class JsonArray {
  readonly #output: Output;
  #begun = false;
  #elements = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#output.write("[\n");
  }

  add(line: string): void {
    this.begin();
    this.#output.write(this.#elements === 0 ? line : `,\n${line}`);
    this.#elements += 1;
  }

  end(): void {
    if (this.#begun) this.#output.write("\n]\n");
  }
}
