import assert from "node:assert/strict";
import { test } from "node:test";
import { namedPorts, type PortProtocol, serviceName, serviceNames, servicePorts } from "./services.js";

const protocols: readonly PortProtocol[] = ["tcp", "udp", "sctp", "ip"];

test("the well-known services have their registered ports", () => {
  const cases: [name: string, protocol: PortProtocol, port: number][] = [
    ["ftp", "tcp", 21],
    ["ssh", "tcp", 22],
    ["telnet", "tcp", 23],
    ["smtp", "tcp", 25],
    ["domain", "tcp", 53],
    ["domain", "udp", 53],
    ["tftp", "udp", 69],
    ["http", "tcp", 80],
    ["pop3", "tcp", 110],
    ["ntp", "udp", 123],
    ["imap", "tcp", 143],
    ["snmp", "udp", 161],
    ["bgp", "tcp", 179],
    ["ldap", "tcp", 389],
    ["https", "tcp", 443],
    ["https", "udp", 443],
    ["microsoft-ds", "tcp", 445],
    ["isakmp", "udp", 500],
    ["modbus", "tcp", 502],
    ["mysql", "tcp", 3306],
    ["ms-wbt-server", "tcp", 3389],
    ["sip", "udp", 5060],
    ["postgresql", "tcp", 5432],
    ["redis", "tcp", 6379],
    ["m3ua", "sctp", 2905],
    ["diameter", "sctp", 3868],
    ["s1-control", "sctp", 36412],
    ["icmp", "ip", 1],
    ["gre", "ip", 47],
    ["sctp", "ip", 132],
  ];
  for (const [name, protocol, port] of cases) {
    assert.deepEqual(servicePorts(name, protocol), [port], name);
    assert.equal(serviceName(port, protocol), name);
  }
  assert.equal(serviceName(22, "udp"), undefined);
  assert.deepEqual(servicePorts("ntp", "tcp"), []);
});

test("names lead to ports and ports to names, within what there is", () => {
  for (const protocol of protocols) {
    const max = protocol === "ip" ? 255 : 65_535;
    const fromNames: number[] = [];
    for (const name of serviceNames(protocol)) {
      assert.match(name, /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, "a name of RFC 6335 §5.1, in lower case");
      // A port is a number in `-p`, so a name must not look like one or like a range.
      assert.match(name, /[a-z]/);
      for (const port of servicePorts(name, protocol)) {
        assert.equal(serviceName(port, protocol), name);
        assert.ok(port >= 0 && port <= max);
        fromNames.push(port);
      }
    }
    assert.deepEqual(
      fromNames.sort((a, b) => a - b),
      namedPorts(protocol),
    );
    assert.equal(new Set(fromNames).size, fromNames.length, "no port has two names");
  }
});

test("there are enough names to be of use", () => {
  assert.ok([...serviceNames("tcp")].length >= 400);
  assert.ok([...serviceNames("udp")].length >= 100);
  assert.ok([...serviceNames("sctp")].length >= 50);
  assert.ok([...serviceNames("ip")].length >= 50);
});
