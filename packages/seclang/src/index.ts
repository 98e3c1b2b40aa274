export { AuditBody } from "./audit/body.js";
export { AUDIT_LINE_BYTES_MAX, type AuditPlace, auditError, readAudit } from "./audit/read-record.js";
export {
  AUDIT_BODY_BYTES_MAX,
  AUDIT_RULES_BYTES_MAX,
  type AuditAction,
  type AuditEnd,
  type AuditField,
  type AuditRecord,
  type AuditRequest,
  type AuditResponse,
  type AuditRule,
  type AuditSeverity,
} from "./audit/record.js";
export {
  type AuditJudgedTransaction,
  AuditPolicy,
  RELEVANT_STATUS_BYTES_MAX,
  RELEVANT_STATUS_MS_MAX,
} from "./audit/relevant.js";
export { auditMessage, auditOctets, auditText } from "./audit/text.js";
export {
  type AuditBodyInput,
  type AuditedTransaction,
  type AuditFields,
  type AuditInput,
  type AuditRequestInput,
  type AuditResponseInput,
  auditLine,
} from "./audit/write-record.js";
export {
  BODY_ARGUMENTS_MAX,
  BODY_ARGUMENTS_TOO_MANY,
  BODY_BYTES_MAX,
  BODY_TOO_LONG,
  type BodyError,
  type BodyOptions,
  type BodyProcessor,
  type BodySink,
} from "./bodies/body.js";
export { type BodyProcessorOptions, bodyProcessorOf } from "./bodies/index.js";
export { JsonBody, type JsonOptions } from "./bodies/json.js";
export { MultipartBody, type MultipartOptions } from "./bodies/multipart.js";
export { multipartStrict } from "./bodies/multipart-errors.js";
export { RawBody } from "./bodies/raw.js";
export { UrlencodedBody, type UrlencodedOptions } from "./bodies/urlencoded.js";
export { XmlBody } from "./bodies/xml.js";
export { detectHtml } from "./detect/html/detect-html.js";
export { detectSql } from "./detect/sql/index.js";
export { EXPANDED_OPERATOR_BYTES_MAX, EXPANDED_OPERATORS_MAX } from "./engine/dynamic-operator.js";
export { Engine, type EngineOptions, MACHINES_KEPT_MAX } from "./engine/engine.js";
export {
  AUDIT_PARTS_DEFAULT,
  BODY_KEPT_BYTES_MAX,
  type EngineSettings,
  engineSettings,
} from "./engine/settings.js";
export { EXCLUSION_ID_FIRST, exclusionText, freeRuleId } from "./exclude/exclusion-text.js";
export {
  EXCLUSION_ROUNDS_MAX,
  type FoundExclusion,
  findExclusion,
  type ReplayWith,
  selected,
} from "./exclude/find-exclusion.js";
export { EXCLUSION_MATCHES_MAX, MatchObserver } from "./exclude/matched-links.js";
export type { ExcludedTarget, RuleExclusion } from "./exclude/rule-exclusion.js";
export type { ExclusionScope } from "./exclude/scope.js";
export type {
  Action,
  AllowScope,
  AuditMode,
  BodyProcessorName,
  Control,
  Directive,
  Effect,
  EngineMode,
  IdRange,
  Macro,
  MacroPart,
  RuleOperator,
  RulePhase,
  RuleSelection,
  RuleSeverity,
  Selector,
  Target,
  XmlArguments,
} from "./language/ast.js";
export { effectChars } from "./language/effects.js";
export { INCLUDE_DEPTH_MAX, RULE_FILES_MAX, type RuleReader } from "./language/include.js";
export { DIRECTIVE_BYTES_MAX, RULE_FILE_BYTES_MAX } from "./language/lexer.js";
export { loadRules, loadRulesInSlices, RULES_MAX } from "./language/load-rules.js";
export { macroChars } from "./language/macro.js";
export { OPERATORS, TRANSFORMATIONS } from "./language/operator-names.js";
export { parseRules } from "./language/parse-rules.js";
export { type Place, placeText, type RuleErrorCode, ruleError } from "./language/place.js";
export { printRules, selectionChars } from "./language/print-rules.js";
export {
  type Disruption,
  type Exclusion,
  type LoadedRules,
  type Marker,
  type Rule,
  type RuleDescription,
  type RuleLink,
  selectsRule,
} from "./language/rule.js";
export {
  type Setting,
  type SettingName,
  type Settings,
  type SettingValues,
  settingWords,
} from "./language/settings.js";
export { RULE_ID_MAX } from "./language/values.js";
export { VARIABLES, type VariableKind, type VariableName } from "./language/variables.js";
export { NUMBER_BYTES_MAX } from "./operators/checked-numbers.js";
export { operatorOf, operators } from "./operators/index.js";
export {
  CAPTURES_MAX,
  Captures,
  type Operator,
  type OperatorEngine,
  type OperatorFiles,
  type OperatorKind,
  type RequiredLiterals,
  type Work,
} from "./operators/operator.js";
export { patternOf } from "./operators/rx.js";
export {
  CHANGE_KINDS,
  type ChangeKind,
  compareJudgements,
  type JudgedRule,
  type Judgement,
  recordedJudgement,
  replayedJudgement,
  type VerdictChange,
} from "./replay/compare.js";
export { recordedRequestBody, recordedResponseBody } from "./replay/recorded-body.js";
export { Replay, type ReplayGap, type ReplayOptions, type ReplayVerdict } from "./replay/replay.js";
export type { Hit, Interruption, MatchedVariable } from "./transaction/hit.js";
export type { SkipReason, TransactionObserver } from "./transaction/observer.js";
export { type CollectionStore, MemoryStore } from "./transaction/store.js";
export { type Connection, Transaction } from "./transaction/transaction.js";
export { VariableMap } from "./transaction/variable-map.js";
export { transformationOf, transformations } from "./transformations/index.js";
export type { Transformation } from "./transformations/transformation.js";
