/** Responses of our own: RFC 9110 §15. They say what happened and the request's identifier, and nothing of what runs here. */
import { STATUS_CODES } from "node:http";
import type { AuditFields } from "@palisade/seclang";

/** A status, and a page that says it in words. */
export interface ResponsePage extends AuditFields {
  /** The whole response, or its head alone. */
  readonly message: Buffer;
  /** Of the body; of the one that there would be, to HEAD. */
  readonly body: Uint8Array;
  readonly status: number;
}

export interface PageOptions {
  readonly status: number;
  /** `UNIQUE_ID`: what people are to name when they ask for help. */
  readonly id: string;
  /** Milliseconds since 1970: for Date (RFC 9110 §6.6.1). */
  readonly nowMs: number;
  /** Whether the body is left out (RFC 9110 §9.3.2). */
  readonly isHead: boolean;
  /** What the client is told of the connection. */
  readonly connection: "close" | "keep-alive" | undefined;
  /** Location (RFC 9110 §10.2.2), as octets of whatever source. */
  readonly location?: Uint8Array | undefined;
}

/** What is said under the status. */
const ADVICE: Readonly<Record<number, string>> = {
  403: "The request was refused by the rules that protect this site.",
  408: "The request did not come in time.",
  413: "The request is larger than this site takes.",
  431: "The request's header is larger than this site takes.",
  502: "The server behind this site does not answer as it should. Please try again later.",
  503: "This site is busy, or not ready yet. Please try again later.",
  504: "The server behind this site did not answer in time. Please try again later.",
};

/** Statuses without a body: RFC 9110 §15.3.5, §15.4.5. */
function isBodiless(status: number): boolean {
  return status === 204 || status === 304;
}

/** The page of a status; 403 in place of what is no final status (200 … 599). */
export function responsePage(options: PageOptions): ResponsePage {
  const { id, isHead, connection, location } = options;
  // An interim status, or none that the protocol has, would leave the client waiting.
  const status = options.status >= 200 && options.status <= 599 ? options.status : 403;
  const reason = STATUS_CODES[status] ?? "Refused";
  const title = `${status} ${reason}`;
  const advice = ADVICE[status];
  const text = isBodiless(status)
    ? ""
    : `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${
        advice === undefined ? "" : `<p>${advice}</p>`
      }<p>Request ${id}</p></html>\n`;
  const fields: string[] = [`Date: ${dateOf(options.nowMs)}`];
  if (location !== undefined) fields.push(`Location: ${locationText(location)}`);
  if (!isBodiless(status))
    fields.push("Content-Type: text/html; charset=utf-8", `Content-Length: ${text.length}`);
  fields.push("Cache-Control: no-store");
  if (connection !== undefined) fields.push(`Connection: ${connection}`);
  const start = `HTTP/1.1 ${status} ${reason}\r\n`;
  const head = `${start}${fields.join("\r\n")}\r\n\r\n`;
  const message = Buffer.from(isHead ? head : head + text, "latin1");
  return new Page(status, message, start.length, fields, Buffer.from(text, "latin1"));
}

class Page implements ResponsePage {
  readonly status: number;
  readonly message: Buffer;
  readonly body: Uint8Array;
  readonly #starts: readonly number[];
  readonly #fields: readonly string[];

  constructor(status: number, message: Buffer, at: number, fields: readonly string[], body: Uint8Array) {
    this.status = status;
    this.message = message;
    this.body = body;
    this.#fields = fields;
    const starts: number[] = [];
    let start = at;
    for (const field of fields) {
      starts.push(start);
      start += field.length + 2;
    }
    this.#starts = starts;
  }

  get octets(): Uint8Array {
    return this.message;
  }

  get count(): number {
    return this.#fields.length;
  }

  nameStart(field: number): number {
    return this.#starts[field]!;
  }

  nameEnd(field: number): number {
    return this.#starts[field]! + this.#fields[field]!.indexOf(":");
  }

  valueStart(field: number): number {
    return this.nameEnd(field) + 2;
  }

  valueEnd(field: number): number {
    return this.#starts[field]! + this.#fields[field]!.length;
  }
}

/** Macros may put what a client sent into a Location: what no URI has, line ends above all, is escaped (RFC 3986 §2.1). */
function locationText(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets)
    text +=
      octet > 0x20 && octet < 0x7f && octet !== 0x22 && octet !== 0x3c && octet !== 0x3e && octet !== 0x5c
        ? String.fromCharCode(octet)
        : `%${octet.toString(16).toUpperCase().padStart(2, "0")}`;
  return text;
}

let dateSecond = -1;
let dateText = "";

/** IMF-fixdate (RFC 9110 §5.6.7), made once a second. */
function dateOf(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(nowMs).toUTCString();
  }
  return dateText;
}
