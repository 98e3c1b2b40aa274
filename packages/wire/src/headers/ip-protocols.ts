/**
 * IP protocol numbers (IANA "Protocol Numbers"), which IPv6 shares as next header values. Those that wire reads or builds.
 */
export const IP_PROTOCOL_HOP_BY_HOP = 0;
export const IP_PROTOCOL_ICMP = 1;
export const IP_PROTOCOL_IGMP = 2;
/** IPv4 in IP: RFC 2003. */
export const IP_PROTOCOL_IPV4 = 4;
export const IP_PROTOCOL_TCP = 6;
export const IP_PROTOCOL_UDP = 17;
/** IPv6 in IP: RFC 4213 (6in4), RFC 2473. */
export const IP_PROTOCOL_IPV6 = 41;
export const IP_PROTOCOL_ROUTING = 43;
export const IP_PROTOCOL_FRAGMENT = 44;
export const IP_PROTOCOL_GRE = 47;
export const IP_PROTOCOL_ESP = 50;
export const IP_PROTOCOL_AH = 51;
export const IP_PROTOCOL_ICMPV6 = 58;
export const IP_PROTOCOL_NO_NEXT_HEADER = 59;
export const IP_PROTOCOL_DESTINATION_OPTIONS = 60;
/** EtherIP: RFC 3378. */
export const IP_PROTOCOL_ETHERIP = 97;
export const IP_PROTOCOL_SCTP = 132;
export const IP_PROTOCOL_UDP_LITE = 136;
/** MPLS in IP: RFC 4023. */
export const IP_PROTOCOL_MPLS = 137;
