/** What a parser says of a stream, as plain values that tests compare. */
import type { HttpFields } from "./fields.js";
import type { MethodKind } from "./message-head.js";
import { latin1 } from "./octets.js";
import type { HttpParserOptions } from "./policy.js";
import { RequestParser } from "./request-parser.js";
import { RequestWriter } from "./request-writer.js";
import { ResponseParser } from "./response-parser.js";
import { ResponseWriter } from "./response-writer.js";
import { HTTP_NOT_HTTP } from "./violations.js";

export interface Message {
  /** The octets of the start line; undefined where the message is none of HTTP: how many came then depends on the chunks. */
  readonly line: string | undefined;
  readonly startLine: readonly (string | number)[];
  readonly fields: readonly (readonly [string, string])[];
  readonly framing: string;
  readonly keepAlive: boolean;
  readonly upgrade: boolean;
  /** What would be sent on; undefined where the message is refused. */
  readonly forwarded: string | undefined;
  body: string;
  trailers: readonly (readonly [string, string])[];
  violations: readonly string[];
  ended: boolean;
}

export interface Transcript {
  readonly messages: readonly Message[];
  /** "need", "refused", "closed", "tunnel". */
  readonly end: string;
  readonly refusal: string | undefined;
  readonly tunnelled: string;
}

export function fieldsOf(fields: HttpFields): (readonly [string, string])[] {
  return Array.from(
    { length: fields.count },
    (_, field) => [fields.name(field), fields.value(field)] as const,
  );
}

/** Cuts octets at the places that are given. */
export function cutAt(octets: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.filter((place) => place > 0 && place < octets.length))].sort(
    (a, b) => a - b,
  );
  return [...ends, octets.length].map((end, index) => octets.slice(index === 0 ? 0 : ends[index - 1], end));
}

/** Reads requests to the connection's end. */
export function readRequests(
  chunks: readonly Uint8Array[],
  options?: HttpParserOptions,
  finish = true,
): Transcript {
  const parser = new RequestParser(options);
  const writer = new RequestWriter({
    clientAddress: "192.0.2.7",
    scheme: "http",
    forwardedHost: true,
    via: "palisade",
  });
  return transcript(parser, chunks, finish, () => {
    const { head } = parser;
    const out = new Uint8Array(writer.bytesMax(head));
    const forwarded = () => latin1(out, 0, writer.emit(head, out, 0));
    return {
      startLine: [head.methodText(), head.targetText(), head.versionText(), head.targetForm],
      forwarded: head.violations.refusal === undefined ? forwarded() : undefined,
    };
  });
}

/** Reads responses to requests of these methods. */
export function readResponses(
  chunks: readonly Uint8Array[],
  methods: readonly MethodKind[],
  options?: HttpParserOptions,
  upgrade = false,
): Transcript {
  const parser = new ResponseParser(options);
  const writer = new ResponseWriter({ via: "palisade" });
  let asked = 0;
  const ask = () => {
    if (!parser.within && asked < methods.length) parser.expect(methods[asked++]!, upgrade);
  };
  ask();
  return transcript(
    parser,
    chunks,
    true,
    () => {
      const { head } = parser;
      const out = new Uint8Array(writer.bytesMax(head));
      const forwarded = () => latin1(out, 0, writer.emit(head, out, 0));
      return {
        startLine: [head.status, head.reasonText()],
        forwarded: head.violations.refusal === undefined ? forwarded() : undefined,
      };
    },
    ask,
  );
}

function transcript(
  parser: RequestParser | ResponseParser,
  chunks: readonly Uint8Array[],
  finish: boolean,
  describe: () => Pick<Message, "startLine" | "forwarded">,
  ended: () => void = () => {},
): Transcript {
  const messages: Message[] = [];
  let tunnelled = "";
  let last = "need";
  const { head } = parser;
  const begin = () => {
    const text = !head.violations.has(HTTP_NOT_HTTP);
    messages.push({
      line: text ? latin1(head.octets, head.lineStart, head.lineEnd) : undefined,
      ...describe(),
      fields: fieldsOf(head.fields),
      framing: head.body === "length" ? `length ${head.bodyBytes}` : head.body,
      keepAlive: head.keepAlive,
      upgrade: head.upgrade,
      body: "",
      trailers: [],
      violations: [],
      ended: false,
    });
  };
  let within = false;
  const drain = () => {
    for (;;) {
      last = parser.next();
      if (last === "head") {
        begin();
        within = true;
      }
      if (last === "refused" && !within) begin();
      const message = messages.at(-1);
      if (last === "body") message!.body += latin1(parser.octets, parser.start, parser.end);
      if (last === "tunnel") tunnelled += latin1(parser.octets, parser.start, parser.end);
      if (last === "head" || last === "end" || last === "refused") {
        message!.violations = head.violations.list().map(({ name }) => name);
      }
      if (last === "end") {
        message!.trailers = fieldsOf(parser.trailers);
        message!.ended = true;
        within = false;
        ended();
      }
      if (last === "need" || last === "refused" || last === "closed") return;
    }
  };
  for (const chunk of chunks) {
    parser.feed(chunk);
    drain();
    if (last === "refused") break;
  }
  if (finish && last !== "refused") {
    parser.finish();
    drain();
  }
  return { messages, end: last, refusal: head.violations.refusal?.name, tunnelled };
}
