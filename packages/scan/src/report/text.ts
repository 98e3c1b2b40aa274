/** What the reports have in common. */

/** As in `Sat Nov 21 17:51:01 2026`, in UTC: the document type's and the grepable format's readers expect this order. */
export function timeText(ms: number): string {
  const [day, date, month, year, time] = new Date(ms).toUTCString().replace(",", "").split(" ");
  return `${day} ${month} ${date} ${time} ${year}`;
}

/** Milliseconds as seconds with two digits. */
export function secondsOf(ms: number): string {
  return (ms / 1000).toFixed(2);
}

/** As in `256 addresses (3 up)`. */
export function addressesText(asked: number, up: number): string {
  return `${asked} ${asked === 1 ? "address" : "addresses"} (${up} up)`;
}

export function familyOf(address: string): "ipv4" | "ipv6" {
  return address.includes(":") ? "ipv6" : "ipv4";
}
