import type { ChunksOptions, Device, DeviceStatistics } from "@palisade/link";
import { exampleCapture } from "./example-capture.js";

/** The example capture as a device. */
export function openExample(): Device {
  return new ExampleDevice(exampleCapture());
}

class ExampleDevice implements Device {
  readonly name = "example";
  readonly sizeBytes: number;
  readonly #octets: Uint8Array;
  #positionBytes = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
    this.sizeBytes = octets.length;
  }

  get positionBytes(): number {
    return this.#positionBytes;
  }

  async *chunks({ signal }: ChunksOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    if (signal?.aborted) return;
    this.#positionBytes = this.#octets.length;
    yield this.#octets;
  }

  statistics(): DeviceStatistics | undefined {
    return undefined;
  }
}
