/**
 * What of HTML runs script or loads what does. Put together from the WHATWG HTML standard (§4, §8.1.8 "Events", index of
 * attributes), the specifications of SVG 1.1 and 2, MathML, Pointer Events, UI Events, Touch Events, CSS Animations and
 * Transitions, Microsoft's published list of Internet Explorer's events and behaviours, and OWASP's XSS Filter Evasion Cheat Sheet.
 */
import { WordTable } from "../word-table.js";

/** The element runs, or changes how all after it is read, by its name alone. */
export const TAG_RUNS = 1;
/** It loads what runs where it has one of the attributes `ATTRIBUTE_LOADS`. */
export const TAG_LOADS = 2;

/** Its end tag ends what the page's own text stands in as script, style sheet or plain text. */
export const TAG_ENDS = 4;

export const tags: WordTable = WordTable.of([
  [
    // Script and style sheets; foreign content, in which other rules hold; and elements that browsers of old ran.
    "script style svg math xss bgsound noscript xmp plaintext applet frameset vmlframe isindex xsl stylesheet",
    TAG_RUNS,
  ],
  ["script style noscript xmp", TAG_ENDS],
  ["iframe frame object embed base link meta import portal layer ilayer xml", TAG_LOADS],
]);

/** The value is the address of something that may be a script. */
export const ATTRIBUTE_URL = 1;
/** The value is a style sheet. */
export const ATTRIBUTE_STYLE = 2;
/** The attribute makes a `TAG_LOADS` element load. */
export const ATTRIBUTE_LOADS = 4;
/** Nothing harmless needs it from outside: a document, a place to write script to, or a binding. */
export const ATTRIBUTE_RUNS = 8;

export const attributes: WordTable = WordTable.of([
  [
    `href src action formaction data xlink:href background poster dynsrc lowsrc cite codebase classid code archive longdesc usemap
     profile manifest ping icon srcset imagesrcset from to values by folder url`,
    ATTRIBUTE_URL,
  ],
  ["style", ATTRIBUTE_STYLE],
  [
    "href src data code codebase classid archive http-equiv type rel implementation namespace",
    ATTRIBUTE_LOADS,
  ],
  ["srcdoc attributename fscommand seeksegmenttime datasrc dataformatas allowscriptaccess", ATTRIBUTE_RUNS],
]);

/** Event handler attributes that some browser has; each begins with "on". */
export const handlers: WordTable = WordTable.of([
  [
    // WHATWG HTML §8.1.8.2: elements, Document, Window
    `onabort onauxclick onbeforeinput onbeforematch onbeforetoggle onblur oncancel oncanplay oncanplaythrough onchange onclick
     onclose oncommand oncontextlost oncontextmenu oncontextrestored oncopy oncuechange oncut ondblclick ondrag ondragend ondragenter
     ondragleave ondragover ondragstart ondrop ondurationchange onemptied onended onerror onfocus onformdata oninput oninvalid
     onkeydown onkeypress onkeyup onload onloadeddata onloadedmetadata onloadstart onmousedown onmouseenter onmouseleave onmousemove
     onmouseout onmouseover onmouseup onpaste onpause onplay onplaying onprogress onratechange onreset onresize onscroll onscrollend
     onsecuritypolicyviolation onseeked onseeking onselect onslotchange onstalled onsubmit onsuspend ontimeupdate ontoggle
     onvolumechange onwaiting onwheel onafterprint onbeforeprint onbeforeunload onhashchange onlanguagechange onmessage
     onmessageerror onoffline ononline onpagehide onpagereveal onpageshow onpageswap onpopstate onrejectionhandled onstorage
     onunhandledrejection onunload onreadystatechange onvisibilitychange`,
    1,
  ],
  [
    // Other specifications: pointers, touch, selection, animation, full screen, SVG's own and those of SMIL
    `onpointerdown onpointerup onpointermove onpointerover onpointerout onpointerenter onpointerleave onpointercancel
     onpointerrawupdate ongotpointercapture onlostpointercapture ontouchstart ontouchend ontouchmove ontouchcancel onselectstart
     onselectionchange onanimationstart onanimationend onanimationiteration onanimationcancel ontransitionrun ontransitionstart
     ontransitionend ontransitioncancel onfullscreenchange onfullscreenerror onbegin onend onrepeat onzoom onactivate onfocusin
     onfocusout onsearch onbeforecopy onbeforecut onbeforepaste onscrollsnapchange onscrollsnapchanging ondevicemotion
     ondeviceorientation onorientationchange onbeforexrselect oncontentvisibilityautostatechange onencrypted onwaitingforkey
     onenterpictureinpicture onleavepictureinpicture`,
    1,
  ],
  [
    // Prefixed ones, and those of Internet Explorer
    `onmousewheel onwebkitanimationend onwebkitanimationiteration onwebkitanimationstart onwebkittransitionend
     onwebkitfullscreenchange onwebkitfullscreenerror onwebkitmouseforcechanged onwebkitmouseforcedown onwebkitmouseforceup
     onwebkitmouseforcewillbegin onmozfullscreenchange onmozfullscreenerror onafterupdate onbeforeactivate onbeforedeactivate
     onbeforeeditfocus onbeforeupdate onbounce oncellchange oncontrolselect ondataavailable ondatasetchanged ondatasetcomplete
     ondeactivate onerrorupdate onfilterchange onfinish onhelp onlayoutcomplete onlosecapture onmediacomplete onmediaerror onmove
     onmoveend onmovestart onoutofsync onpropertychange onresizeend onresizestart onresume onreverse onrowenter onrowexit
     onrowsdelete onrowsinserted onseek onstart onstop onsynchrestored ontimeerror ontrackchange onundo onredo onurlflip
     ondragdrop onshow onreadystate`,
    1,
  ],
]);

/** English words that begin as a handler does, of three letters and more after it; no event is called so. */
export const wordsOn: WordTable = WordTable.of([
  [
    `onion onions online onset onsets onside onsite onshore onstage onslaught onboard onboarded onboarding oncoming oncology oncologist
     onerous ongoing onlooker onlookers ontology ontologies onward onwards onetime onenote onedrive onesie onyxes ontario onesignal onanism`,
    1,
  ],
]);
