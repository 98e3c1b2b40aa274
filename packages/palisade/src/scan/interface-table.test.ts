/** The list of interfaces, in a network namespace of the test's own. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { enterNamespace, runAll } from "@palisade/link/namespace.build.js";
import { palisade } from "../command.build.js";
import { renderInterfaces } from "./interface-table.js";

const entered = enterNamespace("ip link add near type veth peer name far", "ip link set dev lo up");
const skip =
  entered ||
  runAll([
    "ip link set dev near address 02:00:5e:00:53:01 mtu 1400",
    "ip addr add 192.0.2.1/24 dev near",
    "ip addr add 2001:db8::1/64 dev near nodad",
    "ip link set dev near up",
    "ip link set dev far up",
    "ip link add idle address 02:00:5e:00:53:02 type veth peer name other",
  ]);

describe("the list of interfaces", { skip }, () => {
  it("has the state, the MTU, the link address and the addresses of each", () => {
    const [head, ...rows] = renderInterfaces().trimEnd().split("\n");
    assert.match(head!, /^INTERFACE +STATE +MTU +MAC +ADDRESSES$/);
    const row = (name: string) => rows.find((text) => text.startsWith(`${name} `));
    assert.match(row("lo")!, /^lo +up +65536 +127\.0\.0\.1\/8, ::1\/128$/);
    assert.match(
      row("near")!,
      /^near +up +1400 +02:00:5e:00:53:01 +192\.0\.2\.1\/24, (fe80::\S+, )?2001:db8::1\/64(, fe80::\S+)?$/,
    );
    assert.equal(palisade(["scan", "--iflist"]).stdout, `${head}\n${rows.join("\n")}\n`);
    assert.match(row("idle")!, /^idle +down +1500 +02:00:5e:00:53:02$/);
  });
});
