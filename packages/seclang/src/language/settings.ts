/**
 * Directives that set something for the engine or the proxy around it: ModSecurity's reference manual (v2.x and v3.x,
 * "Configuration Directives") and Coraza's documentation. Here they get types; what is not set stays so, since defaults are the
 * engine's.
 */
import { type Names, names } from "./names.js";
import { type Place, ruleError, shown } from "./place.js";
import { charsOf, charsOfName, type Text } from "./text.js";
import { number, oneOf, onOff } from "./values.js";

/** How a directive's words become a value, and a value words. */
interface Kind<T> {
  /** @throws {PalisadeError} `SECLANG_VALUE`, `SECLANG_SYNTAX` */
  parse(words: readonly Text[], directive: Text): T;
  /** One octet a character. */
  print(value: T): readonly string[];
}

function single<T>(parse: (word: Text, name: string) => T, print: (value: T) => string): Kind<T> {
  return {
    parse(words, directive) {
      const [word, further] = words;
      if (word === undefined || further !== undefined)
        throw ruleError(
          "SECLANG_SYNTAX",
          (further ?? directive).place(),
          `${directive.chars} has ${words.length} arguments, expected one`,
        );
      return parse(word, directive.chars);
    },
    print: (value) => [print(value)],
  };
}

function choice<const T extends string>(...choices: readonly T[]): Kind<T> {
  return single(
    (word, name) => oneOf(word, name, choices),
    (value) => value,
  );
}

function integer(least: number, most: number): Kind<number> {
  return single((word, name) => number(word, name, least, most), String);
}

const flag: Kind<boolean> = single(onOff, (value) => (value ? "On" : "Off"));

/** Text that people read, or the path of a file. */
const text: Kind<string> = single(
  (word, name) => {
    if (word.trim().length > 0) return word.name(name);
    throw ruleError("SECLANG_VALUE", word.place(), `${name} is empty, expected a text`);
  },
  (value) => charsOfName(value),
);

const pattern: Kind<Uint8Array> = single((word) => word.octets(), charsOf);

/** One octet, as `&` or `;`. */
const separator: Kind<number> = single(
  (word, name) => {
    if (word.length === 1) return word.chars.charCodeAt(0);
    throw ruleError("SECLANG_VALUE", word.place(), `${name} ${shown(word.chars)}, expected one octet`);
  },
  (value) => String.fromCharCode(value),
);

/** Permissions in octal digits; `default` (undefined): the engine's. */
const fileMode: Kind<number | "default"> = single(
  (word, name) => {
    if (word.chars.toLowerCase() === "default") return "default";
    if (/^0?[0-7]{3}$/.test(word.chars)) return Number.parseInt(word.chars, 8);
    throw ruleError(
      "SECLANG_VALUE",
      word.place(),
      `${name} ${shown(word.chars)}, expected permissions as 0600, or default`,
    );
  },
  (value) => (value === "default" ? value : `0${value.toString(8).padStart(3, "0")}`),
);

/** Sections of an audit record, each a letter: A to K, and Z. */
const AUDIT_PARTS = /^[A-KZ]+$/;

/** The letters of audit log parts, each once, in the order of the alphabet. @throws {PalisadeError} `SECLANG_VALUE` */
export function auditParts(word: Text, what: string): string {
  const upper = word.chars.toUpperCase();
  if (AUDIT_PARTS.test(upper)) return [...new Set(upper)].sort().join("");
  throw ruleError(
    "SECLANG_VALUE",
    word.place(),
    `${what} ${shown(word.chars)}, expected letters from A to K, and Z`,
  );
}

/** Media types, in small letters. */
const mediaTypes: Kind<readonly string[]> = {
  parse(words, directive) {
    const list = words.flatMap((word) =>
      [...word.chars.matchAll(/\S+/g)].map(({ 0: type, index }) => word.slice(index, index + type.length)),
    );
    if (list.length === 0)
      throw ruleError(
        "SECLANG_SYNTAX",
        directive.place(),
        `${directive.chars} has no argument, expected media types`,
      );
    return list.map((type) => {
      // "null": responses without a media type.
      if (/^(?:[\w!#$&^.+-]+\/[\w!#$&^.+*-]+|null)$/.test(type.chars)) return type.chars.toLowerCase();
      throw ruleError(
        "SECLANG_VALUE",
        type.place(),
        `media type ${shown(type.chars)}, expected one as text/html`,
      );
    });
  },
  print: (value) => value,
};

const nothing: Kind<true> = {
  parse(words, directive) {
    if (words.length === 0) return true;
    throw ruleError("SECLANG_SYNTAX", words[0]!.place(), `${directive.chars} has an argument, expected none`);
  },
  print: () => [],
};

/** The largest size that a rule file can state, in octets: one tebibyte. */
export const SETTING_BYTES_MAX = 1_099_511_627_776;
/** The largest number of anything else that a rule file can state. */
export const SETTING_COUNT_MAX = 2_147_483_647;

const bytes = integer(0, SETTING_BYTES_MAX);
const count = integer(0, SETTING_COUNT_MAX);

const KINDS = {
  SecRuleEngine: choice("On", "Off", "DetectionOnly"),
  SecRequestBodyAccess: flag,
  SecRequestBodyLimit: bytes,
  SecRequestBodyNoFilesLimit: bytes,
  SecRequestBodyInMemoryLimit: bytes,
  SecRequestBodyLimitAction: choice("Reject", "ProcessPartial"),
  SecRequestBodyJsonDepthLimit: integer(1, SETTING_COUNT_MAX),
  SecArgumentsLimit: integer(1, SETTING_COUNT_MAX),
  SecArgumentSeparator: separator,
  SecParseXmlIntoArgs: choice("On", "Off", "OnlyArgs"),
  SecResponseBodyAccess: flag,
  SecResponseBodyLimit: bytes,
  SecResponseBodyLimitAction: choice("Reject", "ProcessPartial"),
  SecResponseBodyMimeType: mediaTypes,
  SecResponseBodyMimeTypesClear: nothing,
  SecAuditEngine: choice("On", "Off", "RelevantOnly"),
  SecAuditLog: text,
  SecAuditLogType: choice("Serial", "Concurrent"),
  SecAuditLogFormat: choice("JSON", "Native", "OCSF"),
  SecAuditLogParts: single(
    (word, name) => auditParts(word, name),
    (value) => value,
  ),
  SecAuditLogRelevantStatus: pattern,
  SecAuditLogDir: text,
  SecAuditLogStorageDir: text,
  SecAuditLogDirMode: fileMode,
  SecAuditLogFileMode: fileMode,
  SecCollectionTimeout: count,
  SecDataDir: text,
  SecDebugLog: text,
  SecDebugLogLevel: integer(0, 9),
  SecTmpDir: text,
  SecUploadDir: text,
  SecUploadFileLimit: count,
  SecUploadFileMode: fileMode,
  SecPcreMatchLimit: count,
  SecPcreMatchLimitRecursion: count,
  SecRxPreFilter: flag,
  SecSensorId: text,
  SecServerSignature: text,
  SecWebAppId: text,
  // What Palisade does in any case; another value would have to be honoured, and is refused.
  SecConnEngine: choice("Off"),
  SecContentInjection: choice("Off"),
  SecCookieFormat: choice("0"),
  SecDisableBackendCompression: choice("Off"),
  SecHashEngine: choice("Off"),
  SecIgnoreRuleCompilationErrors: choice("Off"),
  SecInterceptOnError: choice("Off"),
  SecStatusEngine: choice("Off"),
  SecStreamInBodyInspection: choice("Off"),
  SecStreamOutBodyInspection: choice("Off"),
  SecUploadKeepFiles: choice("Off"),
  SecXmlExternalEntity: choice("Off"),
} as const satisfies Readonly<Record<string, Kind<unknown>>>;

type ValueOf<K> = K extends Kind<infer T> ? T : never;

export type SettingName = keyof typeof KINDS;
export type SettingValues = { readonly [K in SettingName]: ValueOf<(typeof KINDS)[K]> };
/** A directive and its value. */
export type Setting = {
  readonly [K in SettingName]: { readonly name: K; readonly value: SettingValues[K] };
}[SettingName];

/** What was set, by directive, with the place of the last that did. Media types add up. */
export type Settings = {
  readonly [K in SettingName]?: { readonly value: SettingValues[K]; readonly place: Place };
};

const HASH = "links are not signed";
const CONNECTIONS = "connections are limited by the proxy's own options";

/** Directives that set something. */
export const SETTINGS: Names<{ readonly name: SettingName }> = names(
  "directive",
  (Object.keys(KINDS) as SettingName[]).map((name) => ({ name })),
  {
    SecAuditLog2: "name one file with SecAuditLog",
    SecCacheTransformations: "transformations are shared in any case; take the line out",
    SecChrootDir: "the proxy does not change its root directory; take the line out",
    SecConnReadStateLimit: CONNECTIONS,
    SecConnWriteStateLimit: CONNECTIONS,
    SecReadStateLimit: CONNECTIONS,
    SecWriteStateLimit: CONNECTIONS,
    SecGeoLookupDb: "there is no database of places; use @ipMatchFromFile with the prefixes that you mean",
    SecGsbLookupDb: "nothing is asked over the network while a request waits",
    SecGuardianLog: "no program is run while a request waits; read the audit log",
    SecHashKey: HASH,
    SecHashParam: HASH,
    SecHashMethodPm: HASH,
    SecHashMethodRx: HASH,
    SecHttpBlKey: "nothing is asked over the network while a request waits",
    SecRemoteRules: "rules are not fetched over the network; fetch the file and name it with Include",
    SecRemoteRulesFailAction: "rules are not fetched over the network",
    SecRuleInheritance: "there are no configuration contexts; take the line out",
    SecRulePerfTime: "what rules cost is told by the explain command; take the line out",
    SecRuleScript: "no program is run while a request waits",
    SecTmpSaveUploadedFiles: "files are not kept; take the line out",
    SecUnicodeMap: "code points above 255 become what their full-width forms stand for; take the line out",
    SecUnicodeMapFile:
      "code points above 255 become what their full-width forms stand for; take the line out",
    SecUnicodeCodePage:
      "code points above 255 become what their full-width forms stand for; take the line out",
    SecRequestEncoding: "octets are tested as they come; take the line out",
    SecFilterEngine: "it is ModSecurity 1's; use SecRuleEngine",
    IncludeOptional: "use Include",
  },
);

/**
 * A setting from a directive's words.
 *
 * @throws {PalisadeError} `SECLANG_VALUE`, `SECLANG_SYNTAX`
 */
export function parseSetting(name: SettingName, words: readonly Text[], directive: Text): Setting {
  return { name, value: KINDS[name].parse(words, directive) } as Setting;
}

/** The words of a setting, one octet a character. */
export function settingWords(setting: Setting): readonly string[] {
  return (KINDS[setting.name] as Kind<unknown>).print(setting.value);
}

/** Settings with one more: the last one counts, but media types add up until they are cleared. */
export function withSetting(settings: Settings, setting: Setting, place: Place): Settings {
  if (setting.name === "SecResponseBodyMimeTypesClear")
    return { ...settings, SecResponseBodyMimeType: { value: [], place } };
  if (setting.name === "SecResponseBodyMimeType") {
    const types = [...(settings.SecResponseBodyMimeType?.value ?? []), ...setting.value];
    return { ...settings, SecResponseBodyMimeType: { value: [...new Set(types)], place } };
  }
  return { ...settings, [setting.name]: { value: setting.value, place } };
}
