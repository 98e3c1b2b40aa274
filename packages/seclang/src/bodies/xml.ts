/**
 * `XML`: XML 1.0 (Fifth Edition), octet by octet. The text of all elements, joined, is `XML:/*`; each attribute's value is one of `XML://@*`.
 * References: the five predefined ones and numbers (§4.1, §4.6). A document type ends the reading: nothing that a client declares is expanded,
 * and nothing fetched. Line ends and white space of attributes are normalised (§2.11, §3.3.3).
 *
 * What is checked: one root; tags that fit each other; quoted attributes with white space before each; no `<` in values; no control characters;
 * known references. What is not: which characters names may have beyond ASCII's delimiters, attributes given twice, `]]>` in text, namespaces.
 * Text is taken as it is, for encodings that hold ASCII; another one, declared or by its byte order mark, ends the reading.
 */
import {
  type BodyError,
  type BodyOptions,
  type BodyProcessor,
  BodyReport,
  type BodySink,
  bodyError,
} from "./body.js";
import { OctetBuffer } from "./octet-buffer.js";
import {
  declaresAscii,
  isXmlWhite as isWhite,
  isXmlDeclaration,
  notFirst,
  notInName,
  referencedCodePoint,
} from "./xml-lexis.js";

/** Elements inside each other. */
export const XML_DEPTH_MAX = 256;
/** Octets of a reference between `&` and `;`. */
export const XML_REFERENCE_BYTES_MAX = 32;
/** Octets of an XML declaration in which the encoding is looked for. */
export const XML_DECLARATION_BYTES_MAX = 256;

export const XML_SYNTAX: BodyError = bodyError("xml.syntax", "The body is not well-formed XML");
export const XML_TRUNCATED: BodyError = bodyError("xml.truncated", "The XML body ends too early");
export const XML_MISMATCH: BodyError = bodyError(
  "xml.mismatch",
  "An end tag of the XML body fits no start tag",
);
export const XML_DOCTYPE: BodyError = bodyError(
  "xml.doctype",
  "The XML body has a document type, which is not read",
);
export const XML_REFERENCE: BodyError = bodyError(
  "xml.reference",
  "The XML body has a reference to nothing known",
);
export const XML_CONTROL: BodyError = bodyError("xml.control", "The XML body holds a control character");
export const XML_TOO_DEEP: BodyError = bodyError("xml.too-deep", "The XML body is nested too deeply");
export const XML_ENCODING: BodyError = bodyError(
  "xml.encoding",
  "The XML body is in an encoding that is not read",
);

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const BANG = 0x21;
const QUESTION = 0x3f;
const DASH = 0x2d;
const CLOSE = 0x5d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;

const TEXT = 0;
const MARKUP = 1; // behind <
const START_NAME = 2;
const IN_TAG = 3; // white space has come, or the name's end
const ATTRIBUTE_NAME = 4;
const ATTRIBUTE_EQUALS = 5;
const ATTRIBUTE_QUOTE = 6;
const ATTRIBUTE_VALUE = 7;
const ATTRIBUTE_END = 8; // behind the closing quote
const EMPTY_END = 9; // behind the slash of an empty element
const END_NAME = 10;
const END_REST = 11;
const DECLARATION = 12; // behind <!
const COMMENT = 13;
const CDATA = 14;
const INSTRUCTION = 15;
const REFERENCE = 16;
const MARK = 17; // a byte order mark
const END_FIRST = 18; // behind </

const CDATA_OPEN = new TextEncoder().encode("[CDATA[");
const DOCTYPE_OPEN = new TextEncoder().encode("DOCTYPE");
const UTF8_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);

export class XmlBody implements BodyProcessor {
  readonly name = "XML";
  readonly #report: BodyReport;
  #state = MARK;
  readonly #text = new OctetBuffer();
  readonly #attribute = new OctetBuffer();
  /** Names of the open elements, one behind the other, and where each begins. */
  readonly #names = new OctetBuffer();
  readonly #nameStarts: number[] = [];
  /** The name of an end tag, a reference, or an XML declaration. */
  readonly #scratch = new OctetBuffer();
  #rootSeen = false;
  #quote = 0;
  /** Octets matched of an opening, or what ends a comment, section or instruction. */
  #matched = 0;
  #isDeclaration = false;
  /** Where a reference stands: `TEXT` or `ATTRIBUTE_VALUE`. */
  #outer = TEXT;
  #carriageReturn = false;

  constructor(sink: BodySink, options: BodyOptions = {}) {
    this.#report = new BodyReport(sink, options);
  }

  feed(octets: Uint8Array, start: number, end: number): void {
    const report = this.#report;
    const to = report.admit(start, end);
    const shift = report.before - start;
    let at = start;
    while (at < to && !report.stopped) {
      const octet = octets[at]!;
      if (octet < 0x20 && !isWhite(octet)) {
        // A first octet of value 0 begins UTF-16 or UTF-32 without a mark.
        report.stop(octet === 0 && at + shift < 4 ? XML_ENCODING : XML_CONTROL, at + shift);
        break;
      }
      if (this.#state === TEXT && this.#nameStarts.length > 0 && octet !== LESS && octet !== AMPERSAND)
        this.#character(this.#text, octet);
      else this.#step(octet, at + shift);
      at += 1;
    }
    report.passed(start, to, end);
  }

  finish(): void {
    const report = this.#report;
    if (report.before === 0) return;
    if (!report.stopped && (!this.#rootSeen || this.#nameStarts.length > 0 || this.#state !== TEXT))
      report.stop(XML_TRUNCATED, report.before);
    if (this.#rootSeen) report.sink.xmlText(this.#text.octets, 0, this.#text.length);
  }

  /** Text with its line ends made LF (§2.11). */
  #character(into: OctetBuffer, octet: number): void {
    if (octet === 0x0d) into.push(0x0a);
    else if (octet !== 0x0a || !this.#carriageReturn) into.push(octet);
    this.#carriageReturn = octet === 0x0d;
  }

  #step(octet: number, at: number): void {
    const report = this.#report;
    switch (this.#state) {
      case MARK:
        this.#mark(octet, at);
        return;
      case TEXT:
        this.#carriageReturn = false;
        if (octet === LESS) this.#state = MARKUP;
        else if (octet === AMPERSAND && this.#nameStarts.length > 0) this.#refer(TEXT);
        else if (!isWhite(octet)) report.stop(XML_SYNTAX, at);
        return;
      case MARKUP:
        if (octet === SLASH) this.#state = END_FIRST;
        else if (octet === BANG) this.#enter(DECLARATION);
        else if (octet === QUESTION) {
          this.#enter(INSTRUCTION);
          this.#isDeclaration = true;
        } else this.#startTag(octet, at);
        return;
      case START_NAME:
        if (notInName[octet] === 0) {
          this.#names.push(octet);
          return;
        }
        this.#state = IN_TAG;
        if (!isWhite(octet) && octet !== GREATER && octet !== SLASH) report.stop(XML_SYNTAX, at);
        else if (!isWhite(octet)) this.#inTag(octet, at);
        return;
      case IN_TAG:
        if (!isWhite(octet)) this.#inTag(octet, at);
        return;
      case ATTRIBUTE_NAME:
        if (notInName[octet] === 0) return;
        this.#state = ATTRIBUTE_EQUALS;
        this.#step(octet, at);
        return;
      case ATTRIBUTE_EQUALS:
        if (octet === EQUALS) this.#state = ATTRIBUTE_QUOTE;
        else if (!isWhite(octet)) report.stop(XML_SYNTAX, at);
        return;
      case ATTRIBUTE_QUOTE:
        if (isWhite(octet)) return;
        if (octet !== QUOTE && octet !== APOSTROPHE) {
          report.stop(XML_SYNTAX, at);
          return;
        }
        this.#quote = octet;
        this.#attribute.length = 0;
        this.#carriageReturn = false;
        this.#state = ATTRIBUTE_VALUE;
        return;
      case ATTRIBUTE_VALUE:
        this.#attributeValue(octet, at);
        return;
      case ATTRIBUTE_END:
        if (isWhite(octet)) this.#state = IN_TAG;
        else if (octet === GREATER || octet === SLASH) this.#inTag(octet, at);
        else report.stop(XML_SYNTAX, at);
        return;
      case EMPTY_END:
        if (octet !== GREATER) {
          report.stop(XML_SYNTAX, at);
          return;
        }
        this.#closeElement();
        return;
      case END_FIRST:
      case END_NAME:
      case END_REST:
        this.#endTag(octet, at);
        return;
      case DECLARATION:
        this.#declaration(octet, at);
        return;
      case COMMENT:
        this.#comment(octet);
        return;
      case CDATA:
        this.#section(octet);
        return;
      case INSTRUCTION:
        this.#instruction(octet, at);
        return;
      case REFERENCE:
        this.#reference(octet, at);
        return;
    }
  }

  #mark(octet: number, at: number): void {
    if (octet === UTF8_MARK[at]) {
      if (at === UTF8_MARK.length - 1) this.#state = TEXT;
      return;
    }
    if (at === 0 && octet >= 0xfe) {
      this.#report.stop(XML_ENCODING, at);
      return;
    }
    if (at > 0) {
      this.#report.stop(XML_SYNTAX, at);
      return;
    }
    this.#state = TEXT;
    this.#step(octet, at);
  }

  #enter(state: number): void {
    this.#state = state;
    this.#matched = 0;
    this.#scratch.length = 0;
  }

  #startTag(octet: number, at: number): void {
    if (notFirst[octet] === 1 || (this.#rootSeen && this.#nameStarts.length === 0)) {
      this.#report.stop(XML_SYNTAX, at);
      return;
    }
    if (this.#nameStarts.length === XML_DEPTH_MAX) {
      this.#report.stop(XML_TOO_DEEP, at);
      return;
    }
    this.#rootSeen = true;
    this.#nameStarts.push(this.#names.length);
    this.#names.push(octet);
    this.#state = START_NAME;
  }

  #inTag(octet: number, at: number): void {
    if (octet === GREATER) this.#toText();
    else if (octet === SLASH) this.#state = EMPTY_END;
    else if (notFirst[octet] === 1) this.#report.stop(XML_SYNTAX, at);
    else this.#state = ATTRIBUTE_NAME;
  }

  #toText(): void {
    this.#state = TEXT;
    this.#carriageReturn = false;
  }

  #closeElement(): void {
    this.#names.length = this.#nameStarts.pop()!;
    this.#toText();
  }

  #attributeValue(octet: number, at: number): void {
    if (octet === this.#quote) {
      this.#report.sink.xmlAttribute(this.#attribute.octets, 0, this.#attribute.length);
      this.#state = ATTRIBUTE_END;
    } else if (octet === LESS) this.#report.stop(XML_SYNTAX, at);
    else if (octet === AMPERSAND) this.#refer(ATTRIBUTE_VALUE);
    else {
      const isSecond = octet === 0x0a && this.#carriageReturn;
      this.#carriageReturn = octet === 0x0d;
      if (!isSecond) this.#attribute.push(isWhite(octet) ? 0x20 : octet);
    }
  }

  #endTag(octet: number, at: number): void {
    if (this.#state === END_FIRST) {
      if (notFirst[octet] === 1) {
        this.#report.stop(XML_SYNTAX, at);
        return;
      }
      this.#enter(END_NAME);
      this.#scratch.push(octet);
      return;
    }
    if (this.#state === END_NAME && notInName[octet] === 0) {
      this.#scratch.push(octet);
      return;
    }
    if (isWhite(octet)) {
      this.#state = END_REST;
      return;
    }
    if (octet !== GREATER) {
      this.#report.stop(XML_SYNTAX, at);
      return;
    }
    const start = this.#nameStarts.at(-1);
    let fits = start !== undefined && this.#names.length - start === this.#scratch.length;
    for (let n = 0; fits && n < this.#scratch.length; n += 1)
      fits = this.#names.octets[start! + n] === this.#scratch.octets[n];
    if (!fits) {
      this.#report.stop(XML_MISMATCH, at);
      return;
    }
    this.#closeElement();
  }

  /** Behind `<!`: a comment, a CDATA section inside the root, or a document type. */
  #declaration(octet: number, at: number): void {
    const first = this.#scratch.length === 0 ? octet : this.#scratch.octets[0]!;
    const matched = this.#scratch.length;
    this.#scratch.push(octet);
    if (first === DASH) {
      if (octet !== DASH) this.#report.stop(XML_SYNTAX, at);
      else if (matched === 1) this.#enter(COMMENT);
    } else if (first === CDATA_OPEN[0] && this.#nameStarts.length > 0) {
      if (octet !== CDATA_OPEN[matched]) this.#report.stop(XML_SYNTAX, at);
      else if (matched === CDATA_OPEN.length - 1) {
        this.#enter(CDATA);
        this.#carriageReturn = false;
      }
    } else if (octet !== DOCTYPE_OPEN[matched]) this.#report.stop(XML_SYNTAX, at);
    else if (matched === DOCTYPE_OPEN.length - 1) this.#report.stop(XML_DOCTYPE, at);
  }

  #comment(octet: number): void {
    if (octet === DASH) this.#matched += 1;
    else if (octet === GREATER && this.#matched >= 2) this.#toText();
    else this.#matched = 0;
  }

  #section(octet: number): void {
    if (octet === CLOSE) {
      // Of three and more the last two belong to the end.
      if (this.#matched < 2) this.#matched += 1;
      else this.#character(this.#text, CLOSE);
      return;
    }
    if (octet === GREATER && this.#matched === 2) {
      this.#toText();
      return;
    }
    for (; this.#matched > 0; this.#matched -= 1) this.#character(this.#text, CLOSE);
    this.#character(this.#text, octet);
  }

  #instruction(octet: number, at: number): void {
    if (octet === GREATER && this.#matched === 1) {
      if (this.#isDeclaration) this.#readDeclaration(at);
      this.#toText();
      return;
    }
    this.#matched = octet === QUESTION ? 1 : 0;
    if (this.#isDeclaration && this.#scratch.length < XML_DECLARATION_BYTES_MAX) this.#scratch.push(octet);
  }

  /** The XML declaration, or another instruction; only an encoding matters. */
  #readDeclaration(at: number): void {
    const { octets, length } = this.#scratch;
    const text = String.fromCharCode(...octets.subarray(0, length));
    if (!isXmlDeclaration(text)) return;
    if (length === XML_DECLARATION_BYTES_MAX || !declaresAscii(text)) this.#report.stop(XML_ENCODING, at);
  }

  #refer(outer: number): void {
    this.#outer = outer;
    this.#carriageReturn = false;
    this.#enter(REFERENCE);
  }

  #reference(octet: number, at: number): void {
    if (octet !== SEMICOLON) {
      this.#scratch.push(octet);
      if (this.#scratch.length > XML_REFERENCE_BYTES_MAX) this.#report.stop(XML_REFERENCE, at);
      return;
    }
    const code = referencedCodePoint(this.#scratch.octets, this.#scratch.length);
    if (code < 0) {
      this.#report.stop(XML_REFERENCE, at);
      return;
    }
    (this.#outer === TEXT ? this.#text : this.#attribute).pushCodePoint(code);
    this.#state = this.#outer;
  }
}
