/** The settings of a rule set with what holds where it says nothing. */
import type { EngineMode, XmlArguments } from "../language/ast.js";
import type { Settings } from "../language/settings.js";
import { COLLECTION_TIMEOUT_SECONDS } from "../transaction/store.js";

/** `SecRequestBodyLimit` where it is not set, in octets: ModSecurity's. */
export const REQUEST_BODY_BYTES = 134_217_728;
/** `SecRequestBodyNoFilesLimit` where it is not set, in octets: ModSecurity's. */
export const REQUEST_BODY_NO_FILES_BYTES = 1_048_576;
/** `SecResponseBodyLimit` where it is not set, in octets: ModSecurity's. */
export const RESPONSE_BODY_BYTES = 524_288;
/** `SecArgumentsLimit` where it is not set: ModSecurity's. */
export const ARGUMENTS = 1000;
/** `SecAuditLogParts` where it is not set: request line and headers, request body, response headers, rules, and the frame around them. */
export const AUDIT_PARTS_DEFAULT = "ABCFHZ";
/** Most octets of a body that are kept, whatever the settings say: offsets are numbers of 31 bits. */
export const BODY_KEPT_BYTES_MAX = 1_073_741_824;

export interface EngineSettings {
  readonly mode: EngineMode;
  readonly requestBodyAccess: boolean;
  readonly requestBodyBytesMax: number;
  readonly requestBodyNoFilesBytesMax: number;
  readonly requestBodyRejects: boolean;
  readonly responseBodyAccess: boolean;
  readonly responseBodyBytesMax: number;
  readonly responseBodyRejects: boolean;
  /** In small letters. */
  readonly responseBodyTypes: readonly string[];
  readonly argumentsMax: number;
  readonly separator: number;
  readonly jsonDepthMax: number | undefined;
  readonly filesMax: number | undefined;
  readonly xmlIntoArguments: XmlArguments;
  readonly collectionTimeoutSeconds: number;
  readonly webAppId: string;
  /** What `ctl:auditLogParts` adds to and takes from. */
  readonly auditParts: string;
}

/**
 * The engine decides and reads request bodies where nothing is said: a protection that looks active is. Responses are only held where
 * rules ask for them.
 */
export function engineSettings(settings: Settings): EngineSettings {
  const kept = (bytes: number) => Math.min(bytes, BODY_KEPT_BYTES_MAX);
  return {
    mode: settings.SecRuleEngine?.value ?? "On",
    requestBodyAccess: settings.SecRequestBodyAccess?.value ?? true,
    requestBodyBytesMax: kept(settings.SecRequestBodyLimit?.value ?? REQUEST_BODY_BYTES),
    requestBodyNoFilesBytesMax: kept(
      settings.SecRequestBodyNoFilesLimit?.value ?? REQUEST_BODY_NO_FILES_BYTES,
    ),
    requestBodyRejects: (settings.SecRequestBodyLimitAction?.value ?? "Reject") === "Reject",
    responseBodyAccess: settings.SecResponseBodyAccess?.value ?? false,
    responseBodyBytesMax: kept(settings.SecResponseBodyLimit?.value ?? RESPONSE_BODY_BYTES),
    responseBodyRejects: (settings.SecResponseBodyLimitAction?.value ?? "Reject") === "Reject",
    responseBodyTypes: settings.SecResponseBodyMimeType?.value ?? ["text/plain", "text/html"],
    argumentsMax: settings.SecArgumentsLimit?.value ?? ARGUMENTS,
    separator: settings.SecArgumentSeparator?.value ?? 0x26,
    jsonDepthMax: settings.SecRequestBodyJsonDepthLimit?.value,
    filesMax: settings.SecUploadFileLimit?.value,
    xmlIntoArguments: settings.SecParseXmlIntoArgs?.value ?? "Off",
    collectionTimeoutSeconds: settings.SecCollectionTimeout?.value ?? COLLECTION_TIMEOUT_SECONDS,
    webAppId: settings.SecWebAppId?.value ?? "default",
    auditParts: settings.SecAuditLogParts?.value ?? AUDIT_PARTS_DEFAULT,
  };
}
