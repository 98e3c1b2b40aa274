/** What Node's parser alone, llhttp, makes of octets: without sockets and streams, fast enough for a fuzzer. */
import { METHODS } from "node:http";
import { createRequire } from "node:module";
import type { NodeMessage, NodeTranscript } from "./node.build.js";

type Fields = readonly string[];

/** As node:_http_common has it (Node 20); it stands in no reference. */
interface Parser {
  [event: number]: (...values: never[]) => unknown;
  initialize(kind: number, resource: object, headBytesMax: number, lenient: number): void;
  execute(octets: Uint8Array): number | NodeJS.ErrnoException;
  finish(): number | NodeJS.ErrnoException | undefined;
  /** Without it nothing of a parser is ever given back. */
  close(): void;
}

interface ParserClass {
  new (): Parser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
}

const { HTTPParser } = createRequire(import.meta.url)("_http_common") as { HTTPParser: ParserClass };

const HEAD_BYTES_MAX = 65_536;
/** What the parser does after a head: reads a body, reads none, or leaves what follows to others. */
const BODY = 0;
const NO_BODY = 1;
const TUNNEL = 2;

interface Head {
  readonly method: number;
  readonly target: string;
  readonly status: number;
  readonly reason: string;
}

/** @param begun is told each head, and says what comes after it; undefined where the message is not told */
function parse(
  kind: number,
  octets: Uint8Array,
  begun: (head: Head) => readonly [after: number, startLine: readonly (string | number)[] | undefined],
): NodeTranscript {
  const messages: NodeMessage[] = [];
  let fields: string[] = [];
  let target = "";
  let startLine: readonly (string | number)[] | undefined;
  let bodies: Buffer[] = [];
  let trailers = false;
  const parser = new HTTPParser();
  parser.initialize(kind, {}, HEAD_BYTES_MAX, 0);
  parser[HTTPParser.kOnHeaders] = (some: Fields, start: string) => {
    if (trailers) return;
    fields.push(...some);
    target += start;
  };
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    _minor: number,
    some: Fields | undefined,
    method: number,
    start: string | undefined,
    status: number,
    reason: string,
  ) => {
    fields.push(...(some ?? []));
    target += start ?? "";
    trailers = true;
    const [after, line] = begun({ method, target, status, reason });
    startLine = line;
    return after;
  };
  parser[HTTPParser.kOnBody] = (body: Buffer) => {
    bodies.push(Buffer.from(body));
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    if (startLine !== undefined) {
      const pairs = Array.from({ length: fields.length / 2 }, (_, at) => {
        return [fields[at * 2]!, fields[at * 2 + 1]!] as const;
      });
      messages.push({ startLine, fields: pairs, body: Buffer.concat(bodies).toString("latin1") });
    }
    fields = [];
    bodies = [];
    target = "";
    trailers = false;
  };
  const read = parser.execute(Buffer.from(octets));
  const error = typeof read === "number" ? parser.finish() : read;
  parser.close();
  return { messages, error: typeof error === "object" ? error.code : undefined };
}

/** Methods by the parser's numbers. */
const methods: ReadonlyMap<number, string> = new Map(
  METHODS.map((name) => {
    let number = -1;
    parse(HTTPParser.REQUEST, Buffer.from(`${name} a:1 HTTP/1.1\r\n\r\n`), (head) => {
      number = head.method;
      return [TUNNEL, undefined];
    });
    if (number < 0)
      parse(HTTPParser.REQUEST, Buffer.from(`${name} / HTTP/1.1\r\n\r\n`), (head) => {
        number = head.method;
        return [TUNNEL, undefined];
      });
    return [number, name];
  }),
);

/** Requests of a connection that says this and ends, as `nodeRequests` of node.build.ts tells them. */
export function parsedRequests(octets: Uint8Array): NodeTranscript {
  return parse(HTTPParser.REQUEST, octets, ({ method, target }) => {
    const name = methods.get(method) ?? String(method);
    return [name === "CONNECT" ? TUNNEL : BODY, [name, target]];
  });
}

/** The last response to one request, as `nodeResponse` of node.build.ts tells it; 101 is not told. */
export function parsedResponse(octets: Uint8Array, method: string): NodeTranscript {
  let told = false;
  return parse(HTTPParser.RESPONSE, octets, ({ status, reason }) => {
    if (told) return [BODY, undefined];
    const interim = status >= 100 && status < 200 && status !== 101;
    if (interim) return [NO_BODY, undefined];
    told = true;
    if (status === 101) return [TUNNEL, undefined];
    return [method === "HEAD" ? NO_BODY : BODY, [status, reason]];
  });
}
