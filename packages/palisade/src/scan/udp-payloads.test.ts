/** Reads what the scanner asks on UDP ports with the dissectors of inspect: either part's reading checks the other's writing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { builtInRegistry, Engine, type FlowRecord, Subscriptions, subscribe } from "@palisade/inspect";
import { udpPayloads } from "@palisade/scan";
import { LINKTYPE_RAW, udpConversation } from "@palisade/wire";

/** Those for which inspect has no dissector. */
const UNREAD: readonly string[] = ["echo", "daytime", "qotd", "time", "ipmi", "ms-sql-browser", "mumble"];

/** What the dissectors must say of the others, by protocol. */
const said: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  dns: { "dns.query": ["version.bind"], "dns.query-type": [16], "dns.query-class": 3 },
  tftp: { "tftp.request": ["read"], "tftp.mode": "octet" },
  kerberos: { "kerberos.message": ["as-req"], "kerberos.server": ["krbtgt/INVALID"] },
  rpc: { "rpc.program": ["portmap"], "rpc.procedure": [0] },
  ntp: { "ntp.version": 4, "ntp.mode": 3 },
  nbns: { "nbns.opcode": [0], "nbns.name": ["*<00>"] },
  snmp: { "snmp.version": "1", "snmp.object": ["1.3.6.1.2.1.1.1.0"] },
  xdmcp: { "xdmcp.opcode": [2] },
  cldap: { "ldap.operation": ["search-request"] },
  quic: { "quic.version": "0x1a2a3a4a" },
  ike: { "ike.version": "2.0", "ike.exchange": ["ike-sa-init"] },
  rip: { "rip.version": 2, "rip.command": [1] },
  dtls: {},
  openvpn: { "openvpn.opcode": ["hard-reset-client-v2"] },
  l2tp: { "l2tp.version": 2, "l2tp.message": ["sccrq"] },
  radius: { "radius.code": [12] },
  ssdp: { "ssdp.method": ["M-SEARCH"], "ssdp.search-target": ["ssdp:all"] },
  nfs: { "nfs.version": 3, "nfs.procedure": ["null"] },
  gtp: { "gtp.version": 1, "gtp.message-type": [1] },
  stun: { "stun.message": ["binding request"] },
  "knxnet-ip": { "knxnet-ip.service": ["0203"] },
  sip: { "sip.method": ["OPTIONS"], "sip.request-uri": "sip:probe.invalid" },
  "nat-pmp": { "nat-pmp.opcode": [0] },
  mdns: { "mdns.query": ["_services._dns-sd._udp.local"] },
  coap: { "coap.code": ["GET"], "coap.path": ["/.well-known/core"] },
  bittorrent: { "bittorrent.kind": ["dht"], "bittorrent.query": ["ping"] },
  memcached: { "memcached.command": ["version"] },
  raknet: {},
  "source-engine": {},
  quake: { "quake.command": ["getstatus"] },
  "ethernet-ip": { "ethernet-ip.command": [99] },
  bacnet: { "bacnet.confirmed-service": [12] },
};

/** The same of those that silent ports are asked besides, where it is another. */
const saidNext: typeof said = {
  dns: { "dns.query": ["."], "dns.query-type": [2], "dns.query-class": 1 },
  snmp: { "snmp.version": "3" },
};

/** "public" is what devices are delivered with: that is why it is asked for. */
const FOUND: readonly string[] = ["snmp.default-community"];

/** The flow's record for one datagram to a port, and what the engine found odd. */
function inspected(port: number, octets: Uint8Array): { record: FlowRecord; anomalies: readonly unknown[] } {
  const registry = builtInRegistry();
  const subscriptions = new Subscriptions();
  subscribe(subscriptions, registry);
  const records: FlowRecord[] = [];
  const handlers = { flows: (ended: readonly FlowRecord[]) => void records.push(...ended) };
  const engine = new Engine(registry, handlers, undefined, subscriptions);
  const ends = {
    client: { address: "192.0.2.1", port: 61_111 },
    server: { address: "198.51.100.7", port },
  };
  for (const packet of udpConversation({ ...ends, turns: [{ from: "client", octets }] })) {
    engine.packet(packet, 0, packet.length, packet.length, 1_700_000_000_000_000, LINKTYPE_RAW);
  }
  engine.finish();
  assert.equal(records.length, 1);
  return { record: records[0]!, anomalies: engine.anomalies };
}
describe("payloads of UDP probes", () => {
  it("are each known to this test, and nothing else is", () => {
    const protocols = new Set(udpPayloads.map(({ protocol }) => protocol));
    assert.deepEqual([...UNREAD, ...Object.keys(said)].sort(), [...protocols].sort());
  });

  for (const [at, { protocol, ports, octets }] of udpPayloads.entries()) {
    if (UNREAD.includes(protocol)) continue;
    const isNext = udpPayloads.slice(0, at).some((payload) => payload.ports.includes(ports[0]!));
    const expected = (isNext ? saidNext[protocol] : undefined) ?? said[protocol]!;
    it(`are read as ${protocol} at ${ports.join(", ")}`, () => {
      for (const port of ports) {
        const { record, anomalies } = inspected(port, octets);
        assert.equal(record.appProto, protocol);
        assert.equal(record.confidence, "dpi");
        for (const [name, value] of Object.entries(expected)) {
          assert.deepEqual(record.attributes[name], value, name);
        }
        const odd = record.findings.map(({ kind }) => kind).filter((kind) => !FOUND.includes(kind));
        assert.deepEqual([odd, anomalies], [[], []]);
      }
    });
  }
});
