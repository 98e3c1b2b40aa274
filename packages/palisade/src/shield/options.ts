/**
 * The words after `palisade shield`, read and checked.
 */
import type { ParseArgsConfig } from "node:util";
import { type ListenAddress, TrustedProxies, type UpstreamAddress } from "@palisade/shield";
import { version } from "../version.js";
import { hostAndPort, parseWords, quoted, usage } from "../words.js";
import { shieldHelp } from "./options-help.js";

export interface ShieldCommandOptions {
  /** Where only a text is asked for, such as the help: the text. */
  readonly answer: string | undefined;
  readonly listen: readonly ListenAddress[];
  readonly upstream: UpstreamAddress;
  /** Words of `--rules`, in their order; none for the base rule set. Undefined: requests pass without rules. */
  readonly rules: readonly string[] | undefined;
  readonly auditLog: string | undefined;
  readonly trustForwarded: readonly string[];
  readonly quiet: boolean;
}

/** Addresses that one command listens at. */
export const LISTEN_ADDRESSES_MAX = 64;

const config = {
  allowPositionals: true,
  options: {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "V" },
    listen: { type: "string", short: "l", multiple: true },
    upstream: { type: "string", short: "u" },
    rules: { type: "string", short: "r", multiple: true },
    "no-rules": { type: "boolean" },
    "audit-log": { type: "string", short: "a" },
    "trust-forwarded": { type: "string", multiple: true },
    quiet: { type: "boolean", short: "q" },
  },
} as const satisfies ParseArgsConfig;

const EXAMPLE = "`palisade shield --help` shows examples";

/** @throws {PalisadeError} `USAGE`, in one line that says what to do */
export function parseShieldOptions(words: readonly string[]): ShieldCommandOptions {
  const { values, tokens } = parseWords("shield", config, {}, words);
  if (values.help === true) return answered(shieldHelp);
  if (values.version === true) return answered(`palisade ${version}\n`);
  const rules: string[] = [];
  let last: string | undefined;
  for (const token of tokens ?? []) {
    if (token.kind === "option") {
      last = token.name;
      if (token.name === "rules") rules.push(token.value ?? "");
    } else if (token.kind === "positional") {
      // `--rules rules/*.conf`: the shell makes words of it.
      if (last !== "rules")
        throw usage(`${quoted(token.value)}: what is it? Rule files follow --rules; ${EXAMPLE}`);
      rules.push(token.value);
    }
  }
  if (values.listen === undefined) throw usage(`--listen is missing: say where requests come; ${EXAMPLE}`);
  if (values.listen.length > LISTEN_ADDRESSES_MAX)
    throw usage(
      `--listen is given ${values.listen.length} times: give it ${LISTEN_ADDRESSES_MAX} times at most`,
    );
  if (values.upstream === undefined) throw usage(`--upstream is missing: say where requests go; ${EXAMPLE}`);
  if (rules.includes("")) throw usage('--rules "": the name of a file is missing');
  if (rules.length > 0 && values["no-rules"] === true) throw usage("--rules and --no-rules: choose one");
  if (values["audit-log"] === "") throw usage('--audit-log "": the name of a file is missing');
  const trustForwarded = (values["trust-forwarded"] ?? []).flatMap((list) => list.split(","));
  new TrustedProxies(trustForwarded);
  const listen = values.listen.map((text) => listenAddress(text));
  const upstream = upstreamAddress(values.upstream);
  if (listen.some((address) => isSame(address, upstream)))
    throw usage(
      `--upstream ${quoted(values.upstream)}: requests come there; name the server that is to have them`,
    );
  return {
    answer: undefined,
    listen,
    upstream,
    rules: values["no-rules"] === true ? undefined : rules,
    auditLog: values["audit-log"],
    trustForwarded,
    quiet: values.quiet === true,
  };
}

function answered(answer: string): ShieldCommandOptions {
  return {
    answer,
    listen: [],
    upstream: { host: "", port: 0 },
    rules: undefined,
    auditLog: undefined,
    trustForwarded: [],
    quiet: false,
  };
}

function listenAddress(text: string): ListenAddress {
  const address = hostAndPort(text);
  if (address === undefined)
    throw usage(`--listen ${quoted(text)}: give an address and a port, such as 127.0.0.1:8080 or [::1]:8080`);
  return address;
}

const ANY = /^(?:0\.0\.0\.0|::)$/;
const LOOPBACK = /^(?:localhost|127\.[\d.]+|::1)$/;

/** Whether a request to the upstream would come to the proxy itself, as far as the addresses tell. */
function isSame(listen: ListenAddress, upstream: UpstreamAddress): boolean {
  if (listen.port !== upstream.port) return false;
  return listen.host === upstream.host || (ANY.test(listen.host) && LOOPBACK.test(upstream.host));
}

function upstreamAddress(text: string): UpstreamAddress {
  const advice = "give http://HOST:PORT, such as http://127.0.0.1:3000";
  if (!URL.canParse(text)) throw usage(`--upstream ${quoted(text)}: ${advice}`);
  const { protocol, hostname, port, pathname, search, username, password, hash } = new URL(text);
  if (protocol === "https:")
    throw usage(`--upstream ${quoted(text)}: TLS to the upstream is not there yet; ${advice}`);
  if (protocol !== "http:" || hostname === "") throw usage(`--upstream ${quoted(text)}: ${advice}`);
  if (pathname !== "/" || search !== "" || hash !== "")
    throw usage(`--upstream ${quoted(text)}: paths are forwarded as they come; ${advice}`);
  if (username !== "" || password !== "")
    throw usage(`--upstream ${quoted(text)}: no user is sent; ${advice}`);
  if (port === "0") throw usage(`--upstream ${quoted(text)}: nothing answers at port 0; ${advice}`);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? 80 : Number(port) };
}
