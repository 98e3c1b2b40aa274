/** HTTP: status, headers that say what runs there, title, where it leads to; within TLS also what ALPN chooses. */
import { ConnectFailure } from "../connection.js";
import { serverNameOf } from "../detect-tcp.js";
import type { ServiceTarget } from "../service-result.js";
import { textOf } from "../template.js";
import { tlsResult } from "../tls-session.js";
import type { DetailContext, DetailReader, Learnt } from "./detail.js";

/** Header fields that are read; a server that sends more says nothing by them. */
const HEADERS_MAX = 100;

export interface HttpHead {
  /** `200 OK`; the reason may be missing. */
  readonly status: string;
  /** Names in lower case; the first of several. */
  readonly headers: ReadonlyMap<string, string>;
  /** Where the body begins. */
  readonly bodyAt: number;
}

/** The head of a response (RFC 9112 §4, §5); undefined where it is none or is not all there. */
export function parseHttpHead(octets: Uint8Array): HttpHead | undefined {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const text = buffer.toString("latin1");
  const [statusLine, status] = /^HTTP\/\d\.\d (\d{3}[^\r\n]*)\r?\n/.exec(text) ?? [];
  if (statusLine === undefined) return undefined;
  const headers = new Map<string, string>();
  let at = statusLine.length;
  for (let count = 0; count < HEADERS_MAX; count += 1) {
    const end = text.indexOf("\n", at);
    if (end < 0) return undefined;
    const line = text.slice(at, end).replace(/\r$/, "");
    at = end + 1;
    if (line === "") break;
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = textOf(Buffer.from(line.slice(colon + 1), "latin1")).trim();
    if (!headers.has(name)) headers.set(name, value);
  }
  return { status: status!.trim(), headers, bodyAt: at };
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/** The text of the first `title` element, with the commonest references resolved. */
export function htmlTitle(body: Uint8Array): string | undefined {
  const text = textOf(body);
  const open = /<title(?:\s[^>]{0,200})?>/i.exec(text);
  if (open === null) return undefined;
  const begin = open.index + open[0].length;
  const length = text.slice(begin).search(/<\/title/i);
  if (length < 0) return undefined;
  const title = text
    .slice(begin, begin + length)
    .replace(
      /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi,
      (whole, decimal, digits, name) => {
        if (name !== undefined) return ENTITIES[(name as string).toLowerCase()]!;
        const point = decimal === undefined ? Number.parseInt(digits as string, 16) : Number(decimal);
        return point <= 0x10_ffff ? String.fromCodePoint(point) : (whole as string);
      },
    )
    .trim();
  return title === "" ? undefined : title;
}

/** RFC 9110 §7.2. An address of IPv6 stands in brackets, without its zone. */
function hostOf({ host, address, port }: ServiceTarget, tunnelled: boolean): string {
  const name = host ?? address.replace(/%.*$/, "");
  const bracketed = name.includes(":") ? `[${name}]` : name;
  return port === (tunnelled ? 443 : 80) ? bracketed : `${bracketed}:${port}`;
}

const SHOWN: Readonly<Record<string, string>> = {
  server: "http-server",
  location: "http-location",
  "x-powered-by": "http-powered-by",
  "www-authenticate": "http-authenticate",
  "x-generator": "http-generator",
};

/** `http-status`, `http-title`, `http-server`, `http-location`, `http-powered-by`, `http-authenticate`, `http-generator`. */
export const http: DetailReader = {
  services: ["http", "https", "http-proxy", "http-alt", "ipp"],
  async read(context): Promise<Learnt | undefined> {
    const [alpn, details] = await Promise.all([readAlpn(context), readPage(context)]);
    if (alpn === undefined && details === undefined) return undefined;
    return { ...(details === undefined ? {} : { details }), ...(alpn === undefined ? {} : { tls: alpn }) };
  },
};

/** RFC 9110 §15.6.3 … §15.6.5: a server that stands before another, which took its time to fail and would again. */
const GATEWAY = /^50[234]/;

async function readPage(context: DetailContext): Promise<Record<string, string> | undefined> {
  const answered = parseHttpHead(context.answer);
  if (answered !== undefined && GATEWAY.test(answered.status)) return pageDetails(answered, context.answer);
  const connection = await context.open();
  if (connection instanceof ConnectFailure) return undefined;
  connection.write(
    `GET / HTTP/1.1\r\nHost: ${hostOf(context.target, context.tunnelled)}\r\nUser-Agent: Mozilla/5.0 (compatible; Palisade)\r\n` +
      "Accept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n",
  );
  // As much of the body as holds a title, or what comes in time.
  await connection.collect(context.waitMs, context.waitMs, (octets) => {
    const head = parseHttpHead(octets);
    if (head === undefined) return undefined;
    const length = Number(head.headers.get("content-length"));
    const body = octets.subarray(head.bodyAt);
    return body.length >= length || htmlTitle(body) !== undefined ? 0 : undefined;
  });
  const octets = Uint8Array.from(connection.octets);
  connection.close();
  const head = parseHttpHead(octets);
  return head && pageDetails(head, octets);
}

function pageDetails(head: HttpHead, octets: Uint8Array): Record<string, string> {
  const details: Record<string, string> = { "http-status": head.status };
  for (const [name, shown] of Object.entries(SHOWN)) {
    const value = head.headers.get(name);
    if (value !== undefined && value !== "") details[shown] = value;
  }
  const title = htmlTitle(octets.subarray(head.bodyAt));
  if (title !== undefined) details["http-title"] = title;
  return details;
}

/** RFC 7301: what the server takes when it may choose. Asked apart, since probes would not be understood in HTTP/2. */
async function readAlpn(context: DetailContext): Promise<Learnt["tls"]> {
  if (!context.tunnelled) return undefined;
  const connection = await context.openPlain();
  if (connection instanceof ConnectFailure) return undefined;
  const session = await connection.startTls({
    serverName: serverNameOf(context.target),
    alpn: ["h2", "http/1.1"],
    timeoutMs: context.waitMs,
    signal: context.signal,
  });
  if (session instanceof ConnectFailure) return undefined;
  const tls = session.tls && tlsResult(session.tls);
  session.close();
  return tls;
}
