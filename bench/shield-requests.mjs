/**
 * The five requests that rules and proxies are measured with: a small one, a browser's search, a form of 2 KB, JSON of 10 KB with
 * 600 and some values, and an injection, which is refused. Everything in them is made up.
 */

const BROWSER = [
  ["Host", "localhost"],
  ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"],
  ["Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"],
  ["Accept-Language", "en-GB,en;q=0.7,de;q=0.3"],
  ["Accept-Encoding", "gzip, deflate, br"],
  ["Referer", "http://localhost/catalogue/outdoor"],
  [
    "Cookie",
    "session=5f0c9b1e7a2d4863; theme=light; basket=17.23.42; consent=necessary; seen=welcome.spring",
  ],
  ["Sec-Fetch-Dest", "document"],
  ["Sec-Fetch-Mode", "navigate"],
  ["Sec-Fetch-Site", "same-origin"],
  ["Upgrade-Insecure-Requests", "1"],
  ["Cache-Control", "max-age=0"],
];

const SEARCH = {
  q: "walking boots",
  category: "outdoor",
  brand: "Fellside",
  colour: "dark green",
  size: "43",
  "price-from": "60",
  "price-to": "140",
  sort: "newest",
  page: "3",
  view: "grid",
};

const ADDRESS = {
  "first-name": "Harriet",
  "last-name": "Oakley-Brown",
  street: "12 Mill Lane",
  town: "Kirkby Lonsdale",
  county: "Cumbria",
  postcode: "LA6 2BB",
  country: "United Kingdom",
  telephone: "015242 71000",
};
const FORM_BYTES = 2048;
const NOTES = [
  "Please leave parcels with the neighbours at number fourteen if nobody answers the door.",
  "The lane is narrow and the van will have to turn at the farm, where there is more room.",
  "We are usually at home in the mornings, and always before nine.",
  "The bell does not work in wet weather, so a good knock helps.",
  "My sister ordered the same boots last spring and they lasted her a year of daily walks over the hills.",
  "If the green ones are sold out, the brown ones will do as well, but not the black.",
];

const JSON_BYTES = 10_240;

/** Sentences, one after the other, over and over, up to `length` characters. */
function prose(length) {
  let text = "";
  for (let at = 0; text.length < length; at += 1) text += `${NOTES[at % NOTES.length]} `;
  return text.slice(0, length).trimEnd();
}

function form() {
  const fields = new URLSearchParams(ADDRESS);
  const start = `${fields}&notes=`;
  const notes = prose(FORM_BYTES);
  // White space is one character of either, commas are three of a form's.
  let text = start + new URLSearchParams({ notes }).toString().slice("notes=".length);
  text = text.slice(0, FORM_BYTES);
  // Not within `%2C`.
  return text.replace(/%.?$/, "");
}

function order() {
  const customer = { id: 40_317, name: "Harriet Oakley-Brown", town: "Kirkby Lonsdale", country: "GB" };
  const items = [];
  for (;;) {
    const at = items.length + 1;
    items.push({
      id: at,
      sku: `FS-${2000 + at * 7}`,
      title: `Walking sock number ${at}`,
      price: 4 + (at % 40) / 4,
      tags: ["sport", "sale"],
      stock: (at * 13) % 90,
    });
    const text = JSON.stringify({ customer, items });
    if (text.length > JSON_BYTES) {
      items.pop();
      return JSON.stringify({ customer, items });
    }
  }
}

function withBody(method, target, type, text) {
  const body = Buffer.from(text, "latin1");
  const headers = [...BROWSER, ["Content-Type", type], ["Content-Length", `${body.length}`]];
  return { method, target, headers, body };
}

/** In the order in which they are measured. Texts are ASCII. `status` is what a proxy with rules answers. */
export const REQUESTS = [
  {
    name: "a",
    title: "small GET",
    status: 200,
    method: "GET",
    target: "/index.html",
    headers: [
      ["Host", "localhost"],
      ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"],
      ["Accept", "*/*"],
    ],
    body: Buffer.alloc(0),
  },
  {
    name: "b",
    title: "GET, 10 arguments",
    status: 200,
    method: "GET",
    target: `/catalogue/search?${new URLSearchParams(SEARCH)}`,
    headers: BROWSER,
    body: Buffer.alloc(0),
  },
  {
    name: "c",
    title: "POST, form of 2 KB",
    status: 200,
    ...withBody("POST", "/account/profile", "application/x-www-form-urlencoded", form()),
  },
  {
    name: "d",
    title: "POST, JSON of 10 KB",
    status: 200,
    ...withBody("POST", "/api/v2/orders", "application/json", order()),
  },
  {
    name: "e",
    title: "SQL injection, refused",
    status: 403,
    method: "GET",
    target: "/catalogue/search?q=1%27%20UNION%20SELECT%20username,password%20FROM%20users--%20-&page=3",
    headers: BROWSER,
    body: Buffer.alloc(0),
  },
];

/** What the upstream answers to all of them. */
export const ANSWER = "ok: a small fixed answer from the upstream\n";
