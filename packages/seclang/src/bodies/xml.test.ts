import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collect } from "./body.build.js";
import { XML_DEPTH_MAX, XmlBody } from "./xml.js";

const read = (body: string) => collect((sink) => new XmlBody(sink), body);

describe("XML", () => {
  const cases: ReadonlyArray<readonly [string, string, readonly string[]]> = [
    ["<a>b</a>", "b", []],
    ["<a/>", "", []],
    ['<?xml version="1.0" encoding="UTF-8"?>\n<a b="c">d<e f=\'g\'>h</e>i</a>\n', "dhi", ["c", "g"]],
    ["\xef\xbb\xbf<a>b</a>", "b", []],
    ["<a b = 'c' d=\"e\" />", "", ["c", "e"]],
    ["<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x20AC;</a>", "<>&\"'AB\xe2\x82\xac", []],
    ["<a b='&lt;c&#39;'/>", "", ["<c'"]],
    ["<a>b<!-- c --d>e -->f</a>", "bf", []],
    ["<a><![CDATA[<b>&c;]]]]]>d</a>", "<b>&c;]]]d", []],
    ["<a><![CDATA[]]></a>", "", []],
    ["<a><?b c?>d</a><!-- e --><?f?>", "d", []],
    ["<a b='x\r\ny\tz'>1\r\n2\r3\n4</a>", "1\n2\n3\n4", ["x y z"]],
    ["<x:a xmlns:x='u'><x:b/></x:a>", "", ["u"]],
    ["<a><b>1</b> <b>2</b></a >", "1 2", []],
    ["<a>\xff\x80</a>", "\xff\x80", []],
    ["<a>]]</a>", "]]", []],
  ];
  for (const [body, text, attributes] of cases)
    it(`reads ${JSON.stringify(body)}`, () => {
      const found = read(body);
      assert.deepEqual(found.errors, []);
      assert.deepEqual(found.xmlTexts, [text]);
      assert.deepEqual(found.xmlAttributes, attributes);
    });

  for (const [body, error] of [
    ["a", "xml.syntax@0"],
    ["<a>", "xml.truncated@3"],
    ["<a", "xml.truncated@2"],
    [" ", "xml.truncated@1"],
    ["<a></b>", "xml.mismatch@6"],
    ["</a>", "xml.mismatch@3"],
    ["<a/><b/>", "xml.syntax@5"],
    ["<a/>b", "xml.syntax@4"],
    ["<a b/>", "xml.syntax@4"],
    ["<a b=c/>", "xml.syntax@5"],
    ["<a b='<'/>", "xml.syntax@6"],
    ["<a b='c'd='e'/>", "xml.syntax@8"],
    ["< a/>", "xml.syntax@1"],
    ["<1/>", "xml.syntax@1"],
    ["<a/ >", "xml.syntax@3"],
    ["<a>&b;</a>", "xml.reference@5"],
    ["<a>&#0;</a>", "xml.reference@6"],
    ["<a>&#xD800;</a>", "xml.reference@10"],
    ["<a>&;</a>", "xml.reference@4"],
    ["<a>&#;</a>", "xml.reference@5"],
    [`<a>&${"x".repeat(40)};</a>`, "xml.reference@36"],
    ["<a>\x01</a>", "xml.control@3"],
    ["<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "xml.doctype@8"],
    ["<![CDATA[a]]><a/>", "xml.syntax@2"],
    ["\xff\xfe<\0a\0", "xml.encoding@0"],
    ["<\0a\0", "xml.encoding@1"],
    ["<?xml version='1.0' encoding='UTF-7'?><a/>", "xml.encoding@37"],
    ["<?xml version='1.0' encoding=UTF-8?><a/>", "xml.encoding@35"],
    ["<?xml version='1.0' ENCODING='UTF-7'?><a/>", "xml.encoding@37"],
    [`<?xml version='1.0' ${" ".repeat(300)}encoding='UTF-7'?><a/>`, "xml.encoding@337"],
  ] as const)
    it(`tells what is wrong with ${JSON.stringify(body)}, and where`, () => {
      assert.deepEqual(read(body).errors, [error]);
      assert.deepEqual(read(body).variables, { REQBODY_ERROR: 1 });
    });

  it("keeps what came before an error", () => {
    const found = read("<a b='c'>d</e>");
    assert.deepEqual([found.xmlTexts, found.xmlAttributes], [["d"], ["c"]]);
  });

  it("goes as deep as its bound", () => {
    const nested = (depth: number) => "<a>".repeat(depth) + "</a>".repeat(depth);
    assert.deepEqual(read(nested(XML_DEPTH_MAX)).errors, []);
    assert.deepEqual(read(nested(XML_DEPTH_MAX + 1)).kinds, ["xml.too-deep"]);
  });
});
