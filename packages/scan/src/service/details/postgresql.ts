/**
 * PostgreSQL, as far as it shows itself to somebody who cannot log in: "Frontend/Backend Protocol" of its documentation,
 * chapters "Message Flow" and "Message Formats". The version is told only after a log-in; before, it follows from what a server can do:
 *
 * - it accepts TLS without an SSLRequest before it: 17 or later (release notes of 17, "sslnegotiation");
 * - it knows minor protocol 3.2: 18 or later (release notes of 18); else earlier than 18;
 * - it does not name protocol 2 any more among those it supports: 14 or later (release notes of 14); else earlier than 14;
 * - its errors say their severity in English besides (field `V`): 9.6 or later;
 * - its errors name the lines of its source at which they were made: `postgresMajor`.
 */
import { be32, concat, latin1 } from "@palisade/wire";
import { ConnectFailure, type Connection } from "../connection.js";
import { serverNameOf } from "../detect-tcp.js";
import { textOf } from "../template.js";
import type { DetailContext, DetailReader, Learnt } from "./detail.js";
import { OctetReader } from "./octet-reader.js";

const PROTOCOL_3 = 0x0003_0000;
/** A minor version and a major one that no server will have. */
const MINOR_UNKNOWN = 0x0003_ffff - 1;
const MAJOR_UNKNOWN = 0x00ff_00ff;
/** Messages of one answer that are read. */
const MESSAGES_MAX = 64;
/** Fields of an error, and mechanisms of SASL: an error has some ten, and there are two mechanisms. */
const FIELDS_MAX = 64;

/** What the messages of an answer to a start-up say. */
export interface PostgresAnswer {
  /** Fields of the first error, by their letters: `C` the code, `M` the message. */
  readonly error: ReadonlyMap<string, string> | undefined;
  /** Parameters such as `server_version`: sent after a log-in, or where none is needed. */
  readonly parameters: ReadonlyMap<string, string>;
  /** How it wants to be convinced: the code of the Authentication message. */
  readonly authentication: number | undefined;
  readonly mechanisms: readonly string[];
  /** The latest minor version of protocol 3 that it knows, where it was asked for a later one. */
  readonly minor: number | undefined;
}

export function readPostgres(octets: Uint8Array): PostgresAnswer {
  const parameters = new Map<string, string>();
  let error: Map<string, string> | undefined;
  let authentication: number | undefined;
  let minor: number | undefined;
  const mechanisms: string[] = [];
  const reader = new OctetReader(octets);
  for (let count = 0; count < MESSAGES_MAX && reader.left >= 5; count += 1) {
    const type = String.fromCharCode(reader.u8());
    const length = reader.u32();
    const body = new OctetReader(reader.bytes(length - 4));
    if (length < 4 || reader.short) break;
    const field = (): string => textOf(body.untilZero());
    if (type === "E" && error === undefined) {
      error = new Map();
      for (let fields = 0; fields < FIELDS_MAX && body.left > 1 && !body.short; fields += 1) {
        const letter = String.fromCharCode(body.u8());
        const text = field();
        if (!body.short) error.set(letter, text);
      }
    } else if (type === "S") {
      const name = field();
      const value = field();
      if (!body.short) parameters.set(name, value);
    } else if (type === "R") {
      authentication ??= body.u32();
      if (authentication === 10)
        while (mechanisms.length < FIELDS_MAX && body.left > 1 && !body.short) mechanisms.push(field());
    } else if (type === "v") minor ??= body.u32() & 0xffff;
  }
  return { error, parameters, authentication, mechanisms, minor };
}

/** StartupMessage: length, version, pairs of names and values, and a zero octet. */
export function postgresStartup(version: number): Uint8Array {
  const pairs = latin1("user\0palisade\0database\0palisade\0\0");
  return concat(be32(8 + pairs.length), be32(version), pairs);
}

async function start(context: DetailContext, version: number): Promise<PostgresAnswer | undefined> {
  const connection = await context.open();
  if (connection instanceof ConnectFailure) return undefined;
  connection.write(postgresStartup(version));
  await collect(connection, context);
  const octets = Uint8Array.from(connection.octets);
  connection.close();
  return octets.length === 0 ? undefined : readPostgres(octets);
}

/** An answer is whole when the server closes, or waits for a password or a query. */
async function collect(connection: Connection, context: DetailContext): Promise<void> {
  await connection.collect(context.waitMs, context.waitMs, (octets) => {
    const { authentication, error } = readPostgres(octets);
    return (authentication ?? 0) > 0 || error !== undefined || octets.at(-6) === 0x5a ? 0 : undefined;
  });
}

/** TLS at once, with the protocol's name in ALPN, which alone makes it accept. */
async function acceptsDirectTls(context: DetailContext): Promise<boolean> {
  const connection = await context.openPlain();
  if (connection instanceof ConnectFailure) return false;
  const session = await connection.startTls({
    serverName: serverNameOf(context.target),
    alpn: ["postgresql"],
    timeoutMs: context.waitMs,
    signal: context.signal,
  });
  if (session instanceof ConnectFailure) return false;
  const accepted = session.tls?.alpnProtocol === "postgresql";
  session.close();
  return accepted;
}

/** Major versions that fit, as text; undefined where all do. */
export function postgresVersions(evidence: {
  readonly directTls: boolean;
  readonly minor: number | undefined;
  /** What it says to an unknown major version. */
  readonly unsupported: string | undefined;
  readonly severityTwice: boolean;
}): string | undefined {
  if ((evidence.minor ?? 0) >= 2) return "18 or later";
  if (evidence.directTls) return evidence.minor === undefined ? "17 or later" : "17";
  const [, earliest] = /supports (\d+)\.\d+ to 3\.\d+/.exec(evidence.unsupported ?? "") ?? [];
  if (earliest === "3") return evidence.minor === undefined ? "14 or later" : "14 to 17";
  if (earliest !== undefined) return evidence.severityTwice ? "9.6 to 13" : "before 9.6";
  return evidence.severityTwice ? "9.6 or later" : undefined;
}

/** Lines of the error about a missing user that only one major version has had, with room for what packagers add: file, first, last, version. */
const LINES_OF_ONE: readonly (readonly [file: string, first: number, last: number, major: number])[] = [
  ["postmaster.c", 2_310, 2_359, 15],
  ["backend_startup.c", 790, 824, 17],
  ["backend_startup.c", 825, 859, 18],
];
/** Where 14 and 16 lie among one another: both lines, of the missing user and of the unsupported version. */
const LINES_OF_BOTH: Readonly<Record<string, number>> = {
  "2263 2138": 14,
  "2273 2148": 14,
  "2275 2150": 14,
  "2296 2171": 14,
  "2272 2151": 16,
  "2274 2153": 16,
  "2276 2155": 16,
  "2296 2175": 16,
};

/**
 * The major version by where in its source the server made two errors: "no PostgreSQL user name" and "unsupported frontend protocol".
 * Measured in November 2026 with 14.3, 14.11, 14.16, 14.19, 14.23, 15.1 … 15.18, 16.1, 16.4, 16.6, 16.9, 16.11, 16.14, 17.0 … 17.10 and 18.0 … 18.4
 * as PostgreSQL releases them, and with Debian's 15.18, whose patches move both lines, by 4 and by 8.
 *
 * @param noUser the error's fields, as `readPostgres` gives them; so `unsupported`
 * @returns undefined for other lines
 */
export function postgresMajor(
  noUser: ReadonlyMap<string, string> | undefined,
  unsupported: ReadonlyMap<string, string> | undefined,
): number | undefined {
  if (noUser?.get("C") !== "28000") return undefined;
  const line = Number(noUser.get("L"));
  const one = LINES_OF_ONE.find(
    ([file, first, last]) => file === noUser.get("F") && line >= first && line <= last,
  );
  if (one !== undefined) return one[3];
  if (noUser.get("F") !== "postmaster.c" || unsupported?.get("C") !== "0A000") return undefined;
  return LINES_OF_BOTH[`${line} ${Number(unsupported.get("L"))}`];
}

const AUTHENTICATIONS: Readonly<Record<number, string>> = {
  0: "none needed",
  2: "Kerberos 5",
  3: "password in clear",
  5: "md5",
  7: "GSSAPI",
  9: "SSPI",
  10: "SASL",
};

/** `postgresql-versions` (of majors, where the exact one is not told), `postgresql-authentication`, `postgresql-sasl`, `postgresql-error`. */
export const postgresql: DetailReader = {
  services: ["postgresql"],
  async read(context): Promise<Learnt | undefined> {
    const [plain, minor, major, directTls] = await Promise.all([
      start(context, PROTOCOL_3),
      start(context, MINOR_UNKNOWN),
      start(context, MAJOR_UNKNOWN),
      context.tunnelled ? true : acceptsDirectTls(context),
    ]);
    if (plain === undefined) return undefined;
    const exact = plain.parameters.get("server_version");
    const versions = postgresVersions({
      directTls,
      minor: minor?.minor,
      unsupported: major?.error?.get("M"),
      severityTwice: (plain.error ?? major?.error)?.has("V") ?? false,
    });
    const number = /^\d+(?:\.\d+)*/.exec(exact ?? "")?.[0];
    const { authentication, error, mechanisms } = plain;
    // What a match has understood is an error too: to the question that names nobody.
    const line = postgresMajor(readPostgres(context.answer).error, major?.error);
    const shown = number ?? line?.toString();
    const isTold = shown !== undefined || context.version !== undefined;
    return {
      fields: {
        product: "PostgreSQL",
        ...(shown === undefined ? {} : { version: shown }),
        ...(isTold || versions === undefined ? {} : { info: `version ${versions}, by what it can do` }),
      },
      cpe: [
        ...(shown === undefined ? [] : [`cpe:/a:postgresql:postgresql:${shown}`]),
        ...(isTold ? [] : ["cpe:/a:postgresql:postgresql"]),
      ],
      details: {
        ...(isTold || versions === undefined ? {} : { "postgresql-versions": versions }),
        ...(authentication === undefined
          ? {}
          : { "postgresql-authentication": AUTHENTICATIONS[authentication] ?? `code ${authentication}` }),
        ...(mechanisms.length === 0 ? {} : { "postgresql-sasl": mechanisms }),
        ...(error?.get("M") === undefined
          ? {}
          : { "postgresql-error": `${error.get("C") ?? ""} ${error.get("M")}` }),
      },
    };
  },
};
