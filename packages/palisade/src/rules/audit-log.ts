/** An audit log as a stream of its records: one is in memory at a time, however long the log is. */
import { createReadStream, statSync } from "node:fs";
import { PalisadeError } from "@palisade/base";
import {
  AUDIT_LINE_BYTES_MAX,
  type AuditPlace,
  type AuditRecord,
  auditError,
  readAudit,
} from "@palisade/seclang";
import { whyUnreadable } from "../file-octets.js";
import { printable } from "../terminal.js";

const LINE_FEED = 0x0a;
const PIECE_BYTES = 1 << 20;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** A record and where it stands. */
export interface LoggedRecord {
  readonly record: AuditRecord;
  readonly place: AuditPlace;
}

/** A log that can be gone through again, but for standard input. */
export class AuditLog {
  readonly #path: string;
  readonly #name: string;
  /** Octets of the file; undefined: it is not known. */
  readonly sizeBytes: number | undefined;
  #positionBytes = 0;

  /** @param path `-`: standard input, which can be read once */
  constructor(path: string) {
    this.#path = path;
    this.#name = path === "-" ? "standard input" : path;
    const file = path === "-" ? undefined : statSync(path, { throwIfNoEntry: false });
    this.sizeBytes = file?.isFile() ? file.size : undefined;
  }

  get name(): string {
    return this.#name;
  }

  /** Octets of the lines that have been read in this pass. */
  get positionBytes(): number {
    return this.#positionBytes;
  }

  /**
   * All records, in their order; lines that are empty are passed over.
   *
   * @throws {PalisadeError} `AUDIT_INVALID` with file and line; `FILE_NOT_PERMITTED`, `FILE_UNREADABLE`
   */
  async *records(): AsyncGenerator<LoggedRecord> {
    let line = 0;
    this.#positionBytes = 0;
    for await (const octets of this.#lines()) {
      line += 1;
      const place = { file: printable(this.#name), line };
      if (octets.length > AUDIT_LINE_BYTES_MAX)
        throw auditError(
          place,
          `a line of more than ${AUDIT_LINE_BYTES_MAX} octets, expected an audit record`,
        );
      if (octets.length > 0) yield { record: recordOf(octets, place), place };
    }
  }

  /** Lines without their ends; one that is too long as far as that was seen. */
  async *#lines(): AsyncGenerator<Uint8Array> {
    let begun: Uint8Array[] = [];
    let begunBytes = 0;
    for await (const chunk of this.#chunks()) {
      let from = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
        const rest = chunk.subarray(from, end);
        const line = begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
        this.#positionBytes += line.length + 1;
        yield line;
        begun = [];
        begunBytes = 0;
        from = end + 1;
      }
      if (from === chunk.length) continue;
      begun.push(chunk.subarray(from));
      begunBytes += chunk.length - from;
      if (begunBytes > AUDIT_LINE_BYTES_MAX) {
        yield Buffer.concat(begun);
        return;
      }
    }
    if (begun.length > 0) yield Buffer.concat(begun);
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    const stream =
      this.#path === "-" ? process.stdin : createReadStream(this.#path, { highWaterMark: PIECE_BYTES });
    try {
      for await (const chunk of stream) yield chunk as Buffer;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      const isRefused = code === "EACCES" || code === "EPERM";
      throw new PalisadeError(
        isRefused ? "FILE_NOT_PERMITTED" : "FILE_UNREADABLE",
        `${this.#name}: the audit log cannot be read: ${whyUnreadable(cause)}`,
        { cause },
      );
    }
  }
}

function recordOf(octets: Uint8Array, place: AuditPlace): AuditRecord {
  let text: string;
  try {
    text = UTF8.decode(octets);
  } catch (cause) {
    throw auditError(place, "this is not UTF-8, expected an audit record on each line", cause);
  }
  return readAudit(text, place);
}
