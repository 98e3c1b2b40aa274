/**
 * The network interfaces of this machine, as netdevice(7) tells of them.
 */
import { PalisadeError } from "@palisade/base";
import { LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL2, LINKTYPE_RAW, u16le, u32le } from "@palisade/wire";
import { AF_INET, interfaceNames, noSuchInterface, openSystem, SOCK_DGRAM, type System } from "./system.js";

/** The name that stands for all interfaces at once. */
export const ANY_INTERFACE = "any";

/** Hardware types (linux/if_arp.h; the first is of the IANA registry "ARP Parameters"). */
export const ARPHRD_ETHER = 1;
const ARPHRD_RAWIP = 519;
export const ARPHRD_LOOPBACK = 772;
/** Octets that are IP packets and nothing before: tun devices, WireGuard. */
const ARPHRD_NONE = 0xfffe;

const SIOCGIFFLAGS = 0x8913;
const SIOCGIFMTU = 0x8921;
const SIOCGIFINDEX = 0x8933;
/** Octets of a name: IFNAMSIZ, without the zero at the end. */
const NAME_BYTES_MAX = 15;
const SIOCGIFHWADDR = 0x8927;
const FLAG_UP = 0x1;
const FLAG_LOOPBACK = 0x8;

/** A network interface as it was when asked for: it may go down, away or change since. */
export interface NetworkInterface {
  readonly name: string;
  /** The kernel's number, 1 or more; 0 for `any`. */
  readonly index: number;
  /** ARPHRD_ number. */
  readonly hardwareType: number;
  /** LINKTYPE_ number of what a capture on it holds. */
  readonly linkType: number;
  readonly up: boolean;
  readonly loopback: boolean;
  /** Largest network packet it sends. */
  readonly mtuBytes: number;
}

const ANY: NetworkInterface = {
  name: ANY_INTERFACE,
  index: 0,
  hardwareType: ARPHRD_NONE,
  linkType: LINKTYPE_LINUX_SLL2,
  up: true,
  loopback: false,
  mtuBytes: 0xffff,
};

/**
 * What frames of a hardware type are captured as. Ethernet and loopback (which has an Ethernet header of zeros) come with
 * their header, and so do devices that carry bare IP. The headers of all others are taken off, and their packets
 * are captured "cooked", with the protocol beside them.
 */
export function linkTypeOf(hardwareType: number): number {
  switch (hardwareType) {
    case ARPHRD_ETHER:
    case ARPHRD_LOOPBACK:
      return LINKTYPE_ETHERNET;
    case ARPHRD_NONE:
    case ARPHRD_RAWIP:
      return LINKTYPE_RAW;
    default:
      return LINKTYPE_LINUX_SLL2;
  }
}

/**
 * All interfaces that this process sees, without `any`; needs no privilege.
 *
 * @throws {PalisadeError} `LINK_UNSUPPORTED`
 */
export function listInterfaces(): readonly NetworkInterface[] {
  const system = openSystem();
  return asking(system, ANY_INTERFACE, (fd) => {
    const list: NetworkInterface[] = [];
    for (const name of interfaceNames()) {
      const found = ask(system, fd, name);
      if (found !== undefined) list.push(found);
    }
    return list;
  });
}

/** @throws {PalisadeError} `LINK_NO_SUCH_INTERFACE`, which names those there are; `LINK_UNSUPPORTED` */
export function findInterface(name: string): NetworkInterface {
  const system = openSystem();
  if (name === ANY_INTERFACE) return ANY;
  const found = asking(system, name, (fd) => ask(system, fd, name));
  if (found === undefined) throw noSuchInterface(name);
  return found;
}

/** Any socket will do to ask the kernel about interfaces. */
function asking<T>(system: System, subject: string, ask: (fd: number) => T): T {
  const fd = system.socket(AF_INET, SOCK_DGRAM, 0, subject);
  try {
    return ask(fd);
  } finally {
    system.close(fd);
  }
}

function ask(system: System, fd: number, name: string): NetworkInterface | undefined {
  if (name === "" || Buffer.byteLength(name) > NAME_BYTES_MAX) return undefined;
  try {
    // By our own socket: if_nametoindex opens one, and where that fails it says that there is no such interface.
    const index = u32le(system.interfaceRequest(fd, SIOCGIFINDEX, name), 0);
    // In the machine's byte order, which `openSystem` has made sure of.
    const flags = u16le(system.interfaceRequest(fd, SIOCGIFFLAGS, name), 0);
    const hardwareType = u16le(system.interfaceRequest(fd, SIOCGIFHWADDR, name), 0);
    const mtuBytes = u32le(system.interfaceRequest(fd, SIOCGIFMTU, name), 0);
    return {
      name,
      index,
      hardwareType,
      linkType: linkTypeOf(hardwareType),
      up: (flags & FLAG_UP) !== 0,
      loopback: (flags & FLAG_LOOPBACK) !== 0,
      mtuBytes,
    };
  } catch (error) {
    // It may have been removed since it was listed.
    if (error instanceof PalisadeError && error.code === "LINK_NO_SUCH_INTERFACE") return undefined;
    throw error;
  }
}
