/** The interfaces of this machine, for whoever chooses one. */
import {
  findLinkAddress,
  type InterfaceAddress,
  listAddresses,
  listInterfaces,
  type NetworkInterface,
} from "@palisade/link";
import { formatIpAddress, formatMac, LINKTYPE_ETHERNET } from "@palisade/wire";
import { type Column, printable, renderTable } from "../terminal.js";

const COLUMNS: readonly Column[] = [
  { title: "INTERFACE" },
  { title: "STATE" },
  { title: "MTU", align: "right" },
  { title: "MAC" },
  { title: "ADDRESSES", folds: true },
];

/**
 * A row an interface. Addresses that nobody may send from yet (RFC 4862 §5.4) are left out.
 *
 * @param width what a line can hold
 * @throws {PalisadeError} `LINK_UNSUPPORTED`, `LINK_FAILED`, `LINK_BUSY`
 */
export function renderInterfaces(width?: number): string {
  const addresses = listAddresses();
  const rows = listInterfaces().map((one) => [
    printable(one.name),
    one.up ? "up" : "down",
    String(one.mtuBytes),
    hasLinkAddress(one) ? formatMac(findLinkAddress(one)) : "",
    addresses
      .filter(({ interfaceIndex }) => interfaceIndex === one.index)
      .map(prefixText)
      .join(", "),
  ]);
  return renderTable(COLUMNS, rows, width);
}

function hasLinkAddress({ linkType, loopback }: NetworkInterface): boolean {
  return linkType === LINKTYPE_ETHERNET && !loopback;
}

function prefixText({ address, prefixBits }: InterfaceAddress): string {
  return `${formatIpAddress(address)}/${prefixBits}`;
}
