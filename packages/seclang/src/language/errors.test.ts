import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import { DIRECTIVE_BYTES_MAX, RULE_FILE_BYTES_MAX } from "./lexer.js";
import { octets } from "./memory-reader.build.js";
import { parseRules } from "./parse-rules.js";

describe("an error of a rule file", () => {
  for (const [text, code, message] of [
    ["SecRul ARGS a", "SECLANG_UNKNOWN", '1:1: unknown directive "SecRul", expected SecRule'],
    ["\n  Foo", "SECLANG_UNKNOWN", '2:3: unknown directive "Foo", expected the name of one'],
    ["SecRule ARGS", "SECLANG_SYNTAX", "1:1: SecRule has 1 argument, expected 2 to 3"],
    [
      "SecRule ARGS a b c",
      "SECLANG_SYNTAX",
      "1:18: SecRule has 4 arguments, expected 2 to 3 (one with blanks stands in double quotes)",
    ],
    ['SecRule ARG a "id:1"', "SECLANG_UNKNOWN", '1:9: unknown variable "ARG", expected ARGS'],
    ["SecRule ARGS| a", "SECLANG_UNKNOWN", "1:14: no variable, expected the name of one"],
    ["SecRule &!ARGS a", "SECLANG_SYNTAX", "1:10: ! behind &, expected a variable"],
    ["SecRule !ARGS a", "SECLANG_SYNTAX", "1:9: nothing but exclusions, expected a variable to test"],
    ["SecRule ARGS:/a a", "SECLANG_SYNTAX", "1:14: the pattern is not closed, expected /"],
    [
      "SecRule ARGS:/a/b/ a",
      "SECLANG_SYNTAX",
      String.raw`1:17: "b" behind a pattern, expected | (a slash inside of it is written \/)`,
    ],
    ["SecRule ARGS:'/a' a", "SECLANG_SYNTAX", "1:15: the pattern is not closed, expected /"],
    ["SecRule ARGS: a", "SECLANG_SYNTAX", "1:14: no name, expected one of ARGS"],
    [
      "SecRule REQUEST_URI:a a",
      "SECLANG_SYNTAX",
      "1:20: REQUEST_URI is not a collection, expected | or the end of the variables",
    ],
    [
      "SecRule XML:/a a",
      "SECLANG_UNSUPPORTED",
      '1:13: XPath "/a" is not supported, expected /* (all text) or //@* (all attributes)',
    ],
    [
      "SecRule GEO:COUNTRY a",
      "SECLANG_UNSUPPORTED",
      "1:9: the variable GEO is not supported: there is no database of places; use @ipMatchFromFile with the prefixes that you mean",
    ],
    ['SecRule ARGS "@contain a"', "SECLANG_UNKNOWN", '1:16: unknown operator "contain", expected contains'],
    ['SecRule ARGS "@contains"', "SECLANG_SYNTAX", "1:24: @contains has no argument, expected one"],
    ['SecRule ARGS ""', "SECLANG_SYNTAX", "1:15: @rx has no argument, expected one"],
    ['SecRule ARGS "@detectXSS a"', "SECLANG_SYNTAX", "1:26: @detectXSS has an argument, expected none"],
    [
      'SecRule ARGS "@inspectFile a"',
      "SECLANG_UNSUPPORTED",
      "1:16: the operator inspectFile is not supported: no program is run while a request waits",
    ],
    [
      'SecRule ARGS "@rx a%{tx.a}"',
      "SECLANG_UNSUPPORTED",
      "1:20: a macro in the argument of @rx is not supported: it is compiled once; use @contains, @streq or @within",
    ],
    ['SecRule ARGS "@eq %{tx.}"', "SECLANG_SYNTAX", "1:24: no name, expected one of TX"],
    ['SecRule ARGS "@eq %{txx.a}"', "SECLANG_UNKNOWN", '1:21: unknown variable "txx", expected TX'],
    [
      'SecRule ARGS "@eq %{REQUEST_URI.a}"',
      "SECLANG_SYNTAX",
      "1:32: REQUEST_URI is not a collection, expected }",
    ],
    [
      'SecRule ARGS "a',
      "SECLANG_SYNTAX",
      String.raw`1:14: the quotes are not closed, expected " (a line that goes on in the next one ends in \, with nothing behind it)`,
    ],
    [
      'SecRule ARGS "a\\ \n',
      "SECLANG_SYNTAX",
      String.raw`1:14: the quotes are not closed, expected " (a line that goes on in the next one ends in \, with nothing behind it)`,
    ],
    [
      "SecRule ARGS a \\ \n b",
      "SECLANG_SYNTAX",
      "1:16: a backslash ends a word, expected the line's end right behind it, or the word in double quotes",
    ],
    ['SecRule ARGS "a"b', "SECLANG_SYNTAX", "1:17: text right behind a closing quote, expected a blank"],
    [
      'SecRule ARGS a"b"',
      "SECLANG_SYNTAX",
      "1:15: a double quote inside of a word, expected the whole word in quotes",
    ],
    ["SecRule ARGS 'a'", "SECLANG_SYNTAX", "1:14: a word in single quotes, expected double quotes"],
    ['"SecRule" ARGS a', "SECLANG_SYNTAX", "1:2: a quoted word, expected the name of a directive"],
    ['SecAction ""', "SECLANG_UNKNOWN", "1:12: no action, expected the name of one"],
    ['SecAction "id:1,"', "SECLANG_UNKNOWN", "1:17: no action, expected the name of one"],
    ['SecAction "id:1,mesg:a"', "SECLANG_UNKNOWN", '1:17: unknown action "mesg", expected msg'],
    ['SecAction "id:x"', "SECLANG_VALUE", '1:15: rule id "x", expected a number from 1 to 2147483647'],
    ['SecAction "id"', "SECLANG_SYNTAX", "1:14: id has no argument, expected :ARGUMENT"],
    ['SecAction "id:"', "SECLANG_SYNTAX", "1:15: id has an empty argument, expected one"],
    ['SecAction "pass:1"', "SECLANG_SYNTAX", "1:16: pass has an argument, expected a comma"],
    [
      'SecAction "phase:6"',
      "SECLANG_VALUE",
      '1:18: phase "6", expected one of 1, 2, 3, 4, 5, request, response, logging',
    ],
    [
      'SecAction "t:lowercas"',
      "SECLANG_UNKNOWN",
      '1:14: unknown transformation "lowercas", expected lowercase',
    ],
    ['SecAction "msg:\'a"', "SECLANG_SYNTAX", "1:16: the quotes are not closed, expected '"],
    [
      `SecAction "msg:'a'b'"`,
      "SECLANG_SYNTAX",
      String.raw`1:19: "b" behind a closing quote, expected a comma (a quote inside is written \')`,
    ],
    [
      `SecAction "msg:don't"`,
      "SECLANG_SYNTAX",
      "1:19: a quote inside of an argument, expected the whole argument in single quotes",
    ],
    [
      'SecAction "msg:a\\,pass"',
      "SECLANG_SYNTAX",
      "1:17: a backslash ends an argument, expected the whole argument in single quotes, the backslash twice",
    ],
    [
      'SecAction "exec:/bin/a"',
      "SECLANG_UNSUPPORTED",
      "1:12: the action exec is not supported: no program is run while a request waits; read the audit log",
    ],
    ['SecAction "setvar:tx"', "SECLANG_SYNTAX", "1:21: no name, expected tx.NAME"],
    [
      'SecAction "setvar:args.a=1"',
      "SECLANG_VALUE",
      '1:19: collection "args", expected one of TX, GLOBAL, IP, RESOURCE, SESSION, USER',
    ],
    ['SecAction "setvar:tx.a=+b"', "SECLANG_VALUE", '1:25: "b" behind =+, expected a number'],
    ['SecAction "setvar:!tx.a=1"', "SECLANG_SYNTAX", "1:24: a value behind !, expected the variable alone"],
    [
      'SecAction "ctl:ruleEngin=On"',
      "SECLANG_UNKNOWN",
      '1:16: unknown ctl option "ruleEngin", expected ruleEngine',
    ],
    [
      'SecAction "ctl:ruleEngine=Of"',
      "SECLANG_VALUE",
      '1:27: ruleEngine "Of", expected one of On, Off, DetectionOnly',
    ],
    ['SecAction "ctl:ruleRemoveTargetById=1"', "SECLANG_SYNTAX", "1:38: no variable, expected ;VARIABLE"],
    [
      'SecAction "ctl:ruleRemoveTargetById=1;ARG"',
      "SECLANG_UNKNOWN",
      '1:39: unknown variable "ARG", expected ARGS',
    ],
    [
      "SecRuleEngine Maybe",
      "SECLANG_VALUE",
      '1:15: SecRuleEngine "Maybe", expected one of On, Off, DetectionOnly',
    ],
    [
      "SecRequestBodyLimit -1",
      "SECLANG_VALUE",
      '1:21: SecRequestBodyLimit "-1", expected a number from 0 to 1099511627776',
    ],
    [
      "SecRemoteRules a b",
      "SECLANG_UNSUPPORTED",
      "1:1: the directive SecRemoteRules is not supported: rules are not fetched over the network; fetch the file and name it with Include",
    ],
    ["SecXmlExternalEntity On", "SECLANG_VALUE", '1:22: SecXmlExternalEntity "On", expected Off'],
    ["SecCookieFormat 1", "SECLANG_VALUE", '1:17: SecCookieFormat "1", expected 0'],
    ["SecUploadKeepFiles On", "SECLANG_VALUE", '1:20: SecUploadKeepFiles "On", expected Off'],
    ["SecDataset a b", "SECLANG_SYNTAX", "1:14: no list, expected ` at the line's end"],
    ["SecDataset a `\nb", "SECLANG_SYNTAX", "1:14: the list is not closed, expected a line of ` alone"],
    ["SecMarker `\n`", "SECLANG_SYNTAX", "1:11: a list, expected one behind SecDataset alone"],
    [
      "SecRuleRemoveById 3-1",
      "SECLANG_VALUE",
      '1:19: range "3-1", expected the smaller id before the larger',
    ],
    [
      `SecMarker "${"a".repeat(DIRECTIVE_BYTES_MAX)}"`,
      "SECLANG_LIMIT",
      "1:1: a directive of more than 1048576 octets, expected fewer",
    ],
    [
      "#".repeat(RULE_FILE_BYTES_MAX + 1),
      "SECLANG_LIMIT",
      "1:1: the file has 16777217 octets, expected at most 16777216",
    ],
    [
      "Sec\x1b[2J",
      "SECLANG_UNKNOWN",
      String.raw`1:1: unknown directive "Sec\x1b[2J", expected the name of one`,
    ],
  ] as const) {
    it(`names place and expectation: ${text.slice(0, 40)}`, () => {
      assert.throws(
        () => parseRules(octets(text), "a.conf"),
        (error) => {
          assert.ok(error instanceof PalisadeError);
          assert.equal(error.message, `a.conf:${message}`);
          assert.equal(error.code, code);
          return true;
        },
      );
    });
  }

  for (const [name, file] of [
    ["with the smaller octet first", Buffer.from("\ufeffSecMarker a\n", "utf16le")],
    ["with the larger octet first", Buffer.from("\ufeffSecMarker a\n", "utf16le").swap16()],
    ["without a byte order mark", Buffer.from("SecMarker a\n", "utf16le")],
    ["without a byte order mark, the larger octet first", Buffer.from("# a\n", "utf16le").swap16()],
  ] as const)
    it(`names UTF-16 ${name}`, () => {
      assert.throws(() => parseRules(file, "a.conf"), {
        code: "SECLANG_SYNTAX",
        message: "a.conf:1:1: the file is UTF-16, expected UTF-8: save it as that",
      });
    });

  it("names octets that are not UTF-8 where people read", () => {
    const file = Buffer.concat([Buffer.from("SecMarker "), Buffer.from([0xff])]);
    assert.throws(() => parseRules(file, "a.conf"), /^PalisadeError: a\.conf:1:11: label ".*" is not UTF-8/);
  });
});
