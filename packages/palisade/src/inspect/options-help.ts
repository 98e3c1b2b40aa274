/**
 * What `palisade inspect` says about itself: its help, and the lists of what can be filtered on and read.
 */
import { type Attribute, builtInRegistry, engineDefaults, flowFilterFields } from "@palisade/inspect";

/** Rows of a table where nothing is said. */
export const DEFAULT_TOP = 20;
/** Workers that are started unasked. */
export const WORKERS_UNASKED_MAX = 4;
/** A capture shorter than this is read by one: starting a worker costs as much as reading some 100,000 packets. */
export const WORKERS_WORTHWHILE_BYTES = 268_435_456;
const BYTES_PER_MIB = 1_048_576;

export const inspectHelp = `palisade inspect: flows, protocols, metadata and findings from captures or a
live interface

Usage: palisade inspect FILE… [OPTIONS]
       palisade inspect -i IFACE [OPTIONS]
       palisade inspect --example [OPTIONS]

FILE is a pcap or pcapng capture, also compressed with gzip (and zstd, where
Node can); "-" is standard input. --example is a capture that comes with
palisade: a laptop's first minute on a network.

What is read and shown
      --filter EXPR       only flows that match, such as
                          'app_proto == tls and bytes > 10k';
                          "help" lists fields and operators
      --bpf EXPR          only frames that match: 'tcp port 443'. A subset of
                          tcpdump's language: addresses and numbers, no names,
                          no tcp[13]; for those --bpf-ddd
      --bpf-ddd FILE      only frames that match what \`tcpdump -ddd\` compiled
      --attributes LIST   only these attributes in records (and what --filter
                          asks for), separated by commas: 'tls.sni,http.*';
                          "help" lists them

Output
  -f, --format FORMAT     table (default), jsonl (a flow a line), json (array)
  -o, --output FILE       write there instead of to standard output
      --top N             rows of each table (default ${DEFAULT_TOP})
      --stats             the tree of protocol paths: packets, bytes and shares
      --explain FLOW      why one flow got its verdict: FLOW is the number of
                          its first packet, of one where a finding was first
                          seen, or its community id
      --no-progress       no progress bar

Live
  -i, --interface IFACE   capture there; "any" is all of them, "-" is a capture
                          on standard input
  -p, --promiscuous       also frames addressed to others
  -s, --snaplen N         keep at most N octets of a frame
  -c, --count N           stop after N packets
      --duration SECONDS  stop after so long
      --ring-mib N        size of the kernel's ring (default 4)

Engine
      --workers N         threads that share the flows; the result is the same
                          (default 1; for a capture file from ${WORKERS_WORTHWHILE_BYTES / BYTES_PER_MIB} MiB on half
                          as many as processors, at most ${WORKERS_UNASKED_MAX})
      --flows-max N       flows held at once (default ${engineDefaults.flowsMax})
      --timeout-default, --timeout-short, --timeout-long, --timeout-live SECONDS
                          idle times after which a flow ends
                          (defaults ${Object.values(engineDefaults.timeoutSeconds).join(", ")})
      --no-vlans          one flow for a 5-tuple on several VLANs
      --community-id-seed N

  -h, --help              this text
  -V, --version           the version

Exit status: 0 done, 2 bad usage or a capture that could not be read in full,
3 not permitted, 129, 130 and 143 stopped by SIGHUP, Ctrl-C and SIGTERM before
the end of a capture (of a live one they are the end: 0)

What the records hold: docs/output.md

Examples
  palisade inspect --example
  palisade inspect capture.pcap
  palisade inspect capture.pcap -f jsonl --filter finding -o findings.jsonl
  palisade inspect capture.pcap --stats
  palisade inspect capture.pcap --explain 17
  palisade inspect -i eth0 --bpf 'not port 22' --duration 60
  ssh gateway tcpdump -i eth0 -w - | palisade inspect -i -
`;

/** `--filter help`. */
export function filterHelp(): string {
  const rows = flowFilterFields.map(
    ({ name, type, unit, example }) =>
      [name, unit === undefined ? type : `${type}, ${unit}`, example] as const,
  );
  return `Fields of --filter

${columns([["FIELD", "TYPE", "EXAMPLE"], ...rows])}
and every attribute: \`--attributes help\` lists them. "tcp." may be left out.

Operators, those that bind tightest first
  == != < <= > >=  == takes prefixes for addresses: host == 192.0.2.0/24
  contains         looks for a part, without case: tls.sni contains example
  not !            a field alone asks whether it is there: not app
  and &&
  or ||
Brackets ( ) hold together what belongs together.

Values: text (in "quotation marks" where it has blanks or brackets), addresses
and prefixes, numbers with k, M or G for thousands (1.5M), times in seconds
since the epoch or in UTC (2024-05-01T09:00:15Z). docs/output.md has the rest.
`;
}

/** `--attributes help`. */
export function attributesHelp(): string {
  return columns([
    ["ATTRIBUTE", "TYPE"],
    ...attributes().map(({ name, type, many }) => [name, many ? `${type}, several` : type] as const),
  ]);
}

/** All attributes of the built-in protocols, in their order; what several protocols share, once. */
export function attributes(): readonly Attribute[] {
  return [...new Set(builtInRegistry().protocols.flatMap((protocol) => protocol.attributes))];
}

/** Rows in columns that are as wide as they must be. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
