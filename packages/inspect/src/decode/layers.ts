/**
 * Layers below the applications: what a protocol path is made of until the transport (`eth.vlan.ip.udp.gtp.ip.tcp`).
 *
 * The number of a layer is its index here; paths are trees over these numbers, so the list is kept short of
 * `LAYERS_MAX` and new layers go to its end.
 */
export const LAYERS_MAX = 64;

/** By number. */
export const layerNames = [
  "eth",
  "sll",
  "sll2",
  "null",
  "raw",
  "ppp",
  "hdlc",
  "ppi",
  "vlan",
  "llc",
  "pppoe",
  "mpls",
  "arp",
  "ip",
  "ipv6",
  "icmp",
  "icmpv6",
  "igmp",
  "tcp",
  "udp",
  "udp-lite",
  "sctp",
  "gre",
  "vxlan",
  "geneve",
  "gtp",
  "teredo",
  "tzsp",
  "capwap",
  "wlan",
  "esp",
  "ah",
  "ospf",
  "vrrp",
  "pim",
  "pgm",
  "eigrp",
  "rsvp",
  "dccp",
  "etherip",
  "ip-other",
  "ether-other",
  "link-other",
  "stp",
  "lldp",
  "eapol",
] as const;

/** A layer as it stands in a path. */
type LayerName = (typeof layerNames)[number];

/** The number of each layer by its name: `LAYER.udp`, `LAYER["udp-lite"]`. */
export const LAYER = Object.fromEntries(layerNames.map((name, index) => [name, index])) as Readonly<
  Record<LayerName, number>
>;
