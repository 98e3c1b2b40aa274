/**
 * The words that mean something in SQL, by what they do to a statement's shape.
 *
 * Where the names are documented: the reserved words and function lists of the MySQL 8.0 Reference Manual (§11.3, §14), of the
 * PostgreSQL documentation (Appendix C and chapter 9), of Microsoft's Transact-SQL reference, of Oracle's Database SQL Language
 * Reference and PL/SQL Packages Reference, of SQLite (lang_keywords.html, lang_corefunc.html), of Db2, Firebird and HSQLDB.
 */
import { LOWER, WordTable } from "../word-table.js";
import {
  ARITHMETIC,
  BY,
  CALL,
  CALL_GRAVE,
  CASE,
  CLAUSE,
  CLAUSE_HALF,
  COMPARISON_WORD,
  END,
  FILE_OUT,
  KEYWORD,
  LOGICAL,
  NOT,
  NUMBER,
  QUANTIFIER,
  QUERY_WORD,
  SELECT,
  STATEMENT,
  UNION,
} from "./kinds.js";

/** Words of one kind, in lower case. */
const WORDS: readonly (readonly [number, string])[] = [
  [LOGICAL, "and or xor"],
  [
    COMPARISON_WORD,
    "like ilike rlike regexp glob match in between similar sounds soundex overlaps contains isnull notnull containing starting",
  ],
  [ARITHMETIC, "div mod collate"],
  [NOT, "not binary prior"],
  [UNION, "union except intersect minus"],
  [SELECT, "select"],
  [QUERY_WORD, "values table"],
  [
    STATEMENT,
    "insert update delete replace drop create alter truncate rename exec execute declare shutdown grant revoke merge call " +
      "copy attach detach pragma vacuum handler load backup restore dbcc kill begin commit rollback savepoint use openrowset " +
      "bulk deny reconfigure explain analyze prepare deallocate do",
  ],
  [
    KEYWORD,
    "from where is into as when then else on using join inner outer cross natural left right full set if elseif while returning " +
      "database schema view trigger function column constraint escape with for infile offset fetch over window qualify top " +
      "straight_join lateral exists any some until loop boolean mode",
  ],
  [CLAUSE, "having limit procedure"],
  [CLAUSE_HALF, "group order partition"],
  [BY, "by to"],
  [QUANTIFIER, "all distinct distinctrow"],
  [CASE, "case"],
  [CALL_GRAVE, "waitfor"],
  [FILE_OUT, "outfile dumpfile"],
  [END, "end"],
  [
    NUMBER,
    "null true false unknown default current_user session_user system_user current_date current_time current_timestamp",
  ],
  [NUMBER, "localtime localtimestamp sysdate systimestamp rownum rowid user_name"],
];

/** Functions, which count as such where a parenthesis follows, also behind blanks. */
const FUNCTIONS =
  "abs ascii avg bin char chr char_length character_length cast coalesce concat concat_ws conv convert count " +
  "current_database current_schema database date_format decode elt encode exists export_set field find_in_set floor format " +
  "getdate greatest group_concat hex host_name if ifnull iif insert instr isnull last_insert_id lcase least left length listagg " +
  "locate lower lpad ltrim make_set max md5 mid min mod now nullif nvl nvl2 object_id ord position quotename rand random repeat " +
  "replicate reverse right round row row_count rpad rtrim replace schema session_user sha1 sha2 sign space sqlite_version str strcmp " +
  "string_agg stuff substr substring substring_index sum system_user to_char to_number translate trim typeof ucase unhex " +
  "unicode upper user version xml_extract zeroblob";

/**
 * Functions whose call is grave: they wait, read or write files, reach the network, run programs, take locks, or are there to
 * put a query's result into an error message.
 */
const GRAVE =
  "sleep benchmark pg_sleep pg_sleep_for pg_sleep_until load_file load_extension lo_import lo_export lo_get pg_read_file " +
  "pg_read_binary_file pg_ls_dir pg_stat_file pg_terminate_backend pg_advisory_lock query_to_xml database_to_xml " +
  "table_to_xml dblink dblink_connect dblink_send_query extractvalue updatexml xmltype json_keys gtid_subset gtid_subtract " +
  "geometrycollection multipoint multilinestring multipolygon linestring name_const get_lock release_lock " +
  "master_pos_wait source_pos_wait sys_eval sys_exec sys_get randomblob fts3_tokenizer openrowset openquery " +
  "opendatasource fn_xe_file_target_read_file httpuritype " +
  "regexp_substring raise_error analyse current_setting generate_series sql_variant_property " +
  "st_latfromgeohash st_longfromgeohash st_pointfromgeohash uuid_to_bin";

/** How the names of packages begin whose procedures act outside of the database. */
const GRAVE_PREFIXES: readonly string[] = ["xp_", "dbms_", "utl_", "ctxsys.", "pg_catalog.pg_"];
/** How SQL Server's extended procedures begin, which run without parentheses. */
const PROCEDURE_PREFIXES: readonly string[] = ["xp_"];

const words = WordTable.of(WORDS.map(([kind, list]) => [list, kind]));
const calls = WordTable.of([
  [FUNCTIONS, CALL],
  [GRAVE, CALL_GRAVE],
]);

/** The kind of a word where no parenthesis follows; 0 where SQL knows none. Of any case. */
export function wordKindOf(octets: Uint8Array, start: number, end: number): number {
  return words.valueOf(octets, start, end);
}

/** `CALL`, `CALL_GRAVE`, or 0 where the word is no function that is known. Of any case. */
export function callKindOf(octets: Uint8Array, start: number, end: number): number {
  if (hasPrefix(octets, start, end, gravePrefixes)) return CALL_GRAVE;
  return calls.valueOf(octets, start, end);
}

/** Whether a name is that of an extended procedure, which needs no parentheses to run. */
export function isProcedure(octets: Uint8Array, start: number, end: number): boolean {
  return hasPrefix(octets, start, end, procedurePrefixes);
}

const gravePrefixes = GRAVE_PREFIXES.map((prefix) => new TextEncoder().encode(prefix));
const procedurePrefixes = PROCEDURE_PREFIXES.map((prefix) => new TextEncoder().encode(prefix));

/** Whether a name, or its part behind the last dot, begins with one of the prefixes and goes on. */
function hasPrefix(octets: Uint8Array, start: number, end: number, prefixes: readonly Uint8Array[]): boolean {
  let dot = end - 1;
  while (dot > start && octets[dot] !== 0x2e) dot -= 1;
  for (const prefix of prefixes) {
    if (beginsWith(octets, start, end, prefix) || (dot > start && beginsWith(octets, dot + 1, end, prefix)))
      return true;
  }
  return false;
}

function beginsWith(octets: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  if (end - start <= prefix.length) return false;
  let same = 0;
  while (same < prefix.length && LOWER[octets[start + same]!] === prefix[same]) same += 1;
  return same === prefix.length;
}
