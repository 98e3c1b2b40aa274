/**
 * Prints a file of packages/scan/src/providers/ from lists that a vendor publishes and that you have downloaded. Nothing is
 * fetched here.
 *
 *   node tools/providers.mjs PROVIDER FILE… [--date YYYY-MM-DD]
 *   node tools/providers.mjs fastly public-ip-list.json > packages/scan/src/providers/fastly.ts
 *
 * Without words it says for each provider what to download from where. All FILEs are read together. --date is the day as of
 * which the lists were published; without it, today. Text (an address or prefix a line, or fields of CSV; what follows a #
 * is a comment) and each vendor's JSON are told apart by what they hold.
 *
 * Exit status: 0 printed, 2 bad usage or a file that is not what it should be; it is not printed in part.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { formatIpAddress, parseCidr } from "../packages/wire/dist/index.js";

/** `notes` go to the doc comment of the file that is printed. */
const providers = {
  akamai: {
    title: "Akamai",
    source: "https://techdocs.akamai.com/origin-ip-acl/docs/update-your-origin-server",
    download: "its lists for IPv4 and IPv6, text",
    notes:
      "What edge servers speak to origins from. Edges in networks of access providers have those networks' addresses and are not here; nor are ranges that Akamai uses for other services.",
  },
  "azure-front-door": {
    title: "Azure Front Door",
    source: "https://www.microsoft.com/en-us/download/details.aspx?id=56519",
    download: "ServiceTags_Public_….json",
    notes: "The service tag AzureFrontDoor.Frontend: what clients connect to.",
  },
  cloudflare: {
    title: "Cloudflare",
    source: "https://www.cloudflare.com/ips/",
    download: "ips-v4 and ips-v6, text",
    notes: "",
  },
  cloudfront: {
    title: "Amazon CloudFront",
    source: "https://ip-ranges.amazonaws.com/ip-ranges.json",
    download: "that file",
    notes: "The service CLOUDFRONT, regional edge caches included.",
  },
  fastly: {
    title: "Fastly",
    source: "https://api.fastly.com/public-ip-list",
    download: "that file",
    notes: "",
  },
  google: {
    title: "Google front ends",
    source: "https://support.google.com/a/answer/10026322",
    download: "goog.json and cloud.json",
    notes:
      "What Google announces less what it hands out to customers of Google Cloud. Cloud CDN and load balancers have addresses among the customers' that nothing published sets apart, so they are not here.",
  },
  imperva: {
    title: "Imperva",
    source: "https://docs.imperva.com/bundle/z-kb-articles-km/page/c85245b7.html",
    download: "the list, text, or what https://my.imperva.com/api/integration/v1/ips answers",
    notes: "",
  },
  sucuri: {
    title: "Sucuri",
    source: "https://docs.sucuri.net/website-firewall/sucuri-firewall-troubleshooting-guide/",
    download: "the list, text",
    notes: "",
  },
};

function fail(message) {
  process.stderr.write(`palisade: ${message}\n`);
  process.exit(2);
}

function usage() {
  const rows = Object.entries(providers).map(
    ([name, { source, download }]) => `  ${name.padEnd(17)} ${download}\n  ${"".padEnd(17)} ${source}`,
  );
  process.stderr.write(
    `usage: node tools/providers.mjs PROVIDER FILE… [--date YYYY-MM-DD]\n\nDownload first:\n${rows.join("\n")}\n`,
  );
  process.exit(2);
}

/** The prefixes that a file says are the provider's, and those that it says are not; texts. */
function readList(path) {
  let text;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    fail(`${path} cannot be read (${error.code})`);
  }
  if (!text.trimStart().startsWith("{")) return { ours: readText(text), others: [] };
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    fail(`${path} begins like JSON and is none`);
  }
  const list = readJson(json, path);
  if (list.ours.length + list.others.length === 0) fail(`${path} holds no list that this provider publishes`);
  return list;
}

function readText(text) {
  return text
    .split("\n")
    .map((line) => line.replace(/#.*/, ""))
    .flatMap((line) => line.split(/[\s,;"]+/))
    .filter((word) => word !== "");
}

/** Each vendor's own shape, told by its keys. */
function readJson(json, path) {
  if (json.result?.ipv4_cidrs !== undefined) return ours(json.result.ipv4_cidrs, json.result.ipv6_cidrs);
  if (json.addresses !== undefined) return ours(json.addresses, json.ipv6_addresses);
  if (json.ipRanges !== undefined) return ours(json.ipRanges, json.ipv6Ranges);
  if (json.CLOUDFRONT_GLOBAL_IP_LIST !== undefined)
    return ours(json.CLOUDFRONT_GLOBAL_IP_LIST, json.CLOUDFRONT_REGIONAL_EDGE_IP_LIST);
  if (Array.isArray(json.values)) {
    const tag = json.values.find(({ name }) => name === "AzureFrontDoor.Frontend");
    if (tag === undefined) fail(`${path} has no service tag AzureFrontDoor.Frontend`);
    return ours(tag.properties.addressPrefixes);
  }
  if (json.ipv6_prefixes !== undefined) {
    const isCloudFront = ({ service }) => service === "CLOUDFRONT";
    return ours(
      json.prefixes.filter(isCloudFront).map(({ ip_prefix }) => ip_prefix),
      json.ipv6_prefixes.filter(isCloudFront).map(({ ipv6_prefix }) => ipv6_prefix),
    );
  }
  if (Array.isArray(json.prefixes)) {
    const prefixes = json.prefixes.map(({ ipv4Prefix, ipv6Prefix }) => ipv4Prefix ?? ipv6Prefix);
    // Only the list of what customers have names a region for each.
    const isCustomers = json.prefixes.some(({ scope }) => scope !== undefined);
    return isCustomers ? { ours: [], others: prefixes } : ours(prefixes);
  }
  fail(`${path} is JSON of a shape that no provider publishes`);
}

function ours(...lists) {
  return { ours: lists.flatMap((list) => list ?? []), others: [] };
}

const BITS = { 4: 32, 16: 128 };

/** Prefixes as intervals of one family's addresses, as BigInt, joined where they overlap or touch. */
function intervalsOf(texts, addressBytes) {
  const intervals = [];
  for (const text of texts) {
    const cidr = parseCidr(String(text));
    if (cidr === undefined) fail(`"${text}" is no address or prefix`);
    if (cidr.address.length !== addressBytes) continue;
    const size = 1n << BigInt(BITS[addressBytes] - cidr.prefixLength);
    const address = cidr.address.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
    const first = address - (address % size);
    intervals.push([first, first + size - 1n]);
  }
  intervals.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const joined = [];
  for (const [first, last] of intervals) {
    const before = joined.at(-1);
    if (before === undefined || first > before[1] + 1n) joined.push([first, last]);
    else if (last > before[1]) before[1] = last;
  }
  return joined;
}

function without(intervals, others) {
  let left = intervals;
  for (const [cutFirst, cutLast] of others) {
    left = left.flatMap(([first, last]) => {
      if (cutLast < first || cutFirst > last) return [[first, last]];
      const parts = [];
      if (cutFirst > first) parts.push([first, cutFirst - 1n]);
      if (cutLast < last) parts.push([cutLast + 1n, last]);
      return parts;
    });
  }
  return left;
}

/** An interval as the fewest prefixes. */
function prefixesOf([first, last], addressBytes) {
  const prefixes = [];
  let from = first;
  while (from <= last) {
    let bits = 0;
    const fits = (more) => from % (1n << more) === 0n && from + (1n << more) - 1n <= last;
    while (bits < BITS[addressBytes] && fits(BigInt(bits + 1))) bits += 1;
    const octets = new Uint8Array(addressBytes);
    for (let at = addressBytes - 1, rest = from; at >= 0; at -= 1, rest >>= 8n)
      octets[at] = Number(rest & 0xffn);
    prefixes.push(`${formatIpAddress(octets)}/${BITS[addressBytes] - bits}`);
    from += 1n << BigInt(bits);
  }
  return prefixes;
}

/** Words in lines of at most `width` characters. */
function fill(words, width) {
  const lines = [];
  let line = "";
  for (const word of words) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  if (line !== "") lines.push(line);
  return lines;
}

const { values, positionals } = (() => {
  try {
    return parseArgs({ options: { date: { type: "string" } }, allowPositionals: true });
  } catch (error) {
    return fail(error.message);
  }
})();
const [name, ...paths] = positionals;
if (name === undefined) usage();
if (!Object.hasOwn(providers, name))
  fail(`there is no provider "${name}"; there are ${Object.keys(providers).join(", ")}`);
if (paths.length === 0)
  fail(`give the files to read: ${providers[name].download} of ${providers[name].source}`);
const date = values.date ?? new Date().toISOString().slice(0, 10);
if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(date)))
  fail(`--date is a day as in 2026-11-21, not "${date}"`);

const lists = paths.map(readList);
const prefixes = [4, 16].flatMap((addressBytes) => {
  const kept = intervalsOf(
    lists.flatMap(({ ours }) => ours),
    addressBytes,
  );
  const cut = intervalsOf(
    lists.flatMap(({ others }) => others),
    addressBytes,
  );
  return without(kept, cut).flatMap((interval) => prefixesOf(interval, addressBytes));
});
if (prefixes.length === 0) fail("the files hold no prefix");

const { title, source, notes } = providers[name];
const comment = fill(`${title}: printed by tools/providers.mjs. ${notes}`.trim().split(" "), 110);
process.stdout.write(
  [
    "/**",
    ...comment.map((line) => ` * ${line}`),
    " */",
    'import type { Provider } from "./provider.js";',
    "",
    `export const ${name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())}: Provider = {`,
    `  name: "${name}",`,
    `  title: "${title}",`,
    `  source: "${source}",`,
    `  asOf: "${date}",`,
    "  prefixes: `",
    ...fill(prefixes, 118),
    "`,",
    "};",
    "",
  ].join("\n"),
);
