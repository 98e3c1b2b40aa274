import type { FoundPort } from "@palisade/scan";
import { addressText, endText } from "../terminal.js";
import { Keys } from "./keys.js";
import type { ScanCommandOptions } from "./options.js";
import type { ScanProgress } from "./scan-progress.js";

/** Who looks at a scan while it runs. */
export class Watch {
  isPaused = false;
  readonly #progress: ScanProgress;
  readonly #keys: Keys;
  #tells: boolean;

  constructor({ verbose, progress, targetFiles }: ScanCommandOptions, line: ScanProgress) {
    this.#progress = line;
    this.#tells = verbose;
    this.#keys = new Keys(progress && !targetFiles.includes("-"), {
      pause: () => {
        this.isPaused = !this.isPaused;
        line.tell(this.isPaused ? "paused: p goes on" : "going on");
      },
      details: () => {
        this.#tells = !this.#tells;
        line.tell(
          this.#tells
            ? "open ports are told as they are found: v stops that"
            : "open ports are told at the end",
        );
      },
      status: () => line.tellStatus(),
    });
  }

  /** Whether what is found is to be told, or may be asked for. */
  get isFollowing(): boolean {
    return this.#tells || this.#keys.areRead;
  }

  found(found: FoundPort): void {
    const { protocol, port, state } = found;
    if (this.#tells) this.#progress.tell(`${state}: ${endText(addressText(found), port)}/${protocol}`);
  }

  close(): void {
    this.#keys.close();
    this.#progress.close();
  }
}
