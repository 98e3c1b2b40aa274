/** What an exclusion is about: the host and the path of a record, as rules see them. */
import { PalisadeError } from "@palisade/base";
import type { AuditRecord } from "../audit/record.js";
import { loadRules } from "../language/load-rules.js";
import { octetsOf } from "../language/text.js";
import { Replay } from "../replay/replay.js";
import { HIT_VALUE_BYTES_MAX } from "../transaction/hit.js";

export interface ExclusionScope {
  /** In small letters; undefined: the request has no Host. */
  readonly host: Uint8Array | undefined;
  /** `REQUEST_FILENAME` */
  readonly path: Uint8Array;
}

const PATH_ID = 1;
const HOST_ID = 2;
const RULES = `SecRequestBodyAccess Off
SecRule REQUEST_FILENAME "@unconditionalMatch" "id:${PATH_ID},phase:1,pass,t:none"
SecRule REQUEST_HEADERS:Host "@unconditionalMatch" "id:${HOST_ID},phase:1,pass,t:none,t:lowercase"
`;

/** @throws {PalisadeError} `EXCLUSION_IMPOSSIBLE` where the record has no request, or too long a path */
export function scopeOf(record: AuditRecord): ExclusionScope {
  const loaded = loadRules(["scope.conf"], { read: () => octetsOf(RULES), list: () => [] });
  const verdict = Replay.of(loaded, { readData: () => new Uint8Array(0) }).run(record);
  const matched = (id: number) => verdict?.hits.find(({ rule }) => rule.id === id)?.variables[0]?.value;
  const [path, host] = [matched(PATH_ID), matched(HOST_ID)];
  if (path === undefined)
    throw impossible("the record has no request line or no headers", "log part B (SecAuditLogParts)");
  if (Math.max(path.length, host?.length ?? 0) >= HIT_VALUE_BYTES_MAX)
    throw impossible(
      `its path or host has ${HIT_VALUE_BYTES_MAX} octets or more`,
      "write an exclusion by hand, with @beginsWith",
    );
  return { host, path };
}

/** The error that no exclusion can be written. @param what is in the way @param advice what to do instead */
export function impossible(what: string, advice: string): PalisadeError {
  return new PalisadeError("EXCLUSION_IMPOSSIBLE", `no exclusion can be written: ${what}: ${advice}`);
}
