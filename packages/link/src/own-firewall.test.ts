/** What the kernel counts of packets that output rules drop, in a namespace of this test's. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, test } from "node:test";
import { enterNamespace, missingPrograms, run } from "./namespace.build.js";
import { isDroppedHere, outputCounts } from "./own-firewall.js";

const DROPPED = 7001;
const LOST = 7002;
const OPEN = 7003;
const CLOSED = 7004;

const FIREWALL = `table inet own {
  chain out {
    type filter hook output priority 0; policy accept;
    tcp dport ${DROPPED} drop
    udp dport ${DROPPED} drop
  }
  chain in {
    type filter hook input priority 0; policy accept;
    tcp dport ${LOST} drop
  }
}
`;

function prepare(): string | false {
  const failure = enterNamespace("ip link set dev lo up") || missingPrograms("nft --version");
  if (failure !== false) return failure;
  if (outputCounts(4) === undefined) return "this kernel does not count packets that pass output rules";
  const { status, output } = run("nft -f -", FIREWALL);
  return status !== 0 && `nft: ${output.trim()}`;
}

const skip = prepare();

test("a connection that output rules drop is told from one that is lost further on", { skip }, async () => {
  const server = createServer((socket) => void socket.on("error", () => {}).destroy());
  after(() => server.close());
  await new Promise<void>((ready) => server.listen(OPEN, ready));
  for (const address of ["127.0.0.1", "::1"]) {
    for (const [port, isDropped] of [
      [DROPPED, true],
      [LOST, false],
      [OPEN, false],
      [CLOSED, false],
    ] as const)
      assert.equal(await isDroppedHere(address, port), isDropped, `${address} ${port}`);
  }
});

test("packets that are dropped are made and do not pass", { skip }, async () => {
  for (const [version, address] of [
    [4, "127.0.0.1"],
    [6, "::1"],
  ] as const) {
    const before = outputCounts(version)!;
    await isDroppedHere(address, DROPPED);
    const dropped = outputCounts(version)!;
    assert.deepEqual([dropped.made - before.made, dropped.passed - before.passed], [1, 0]);
    await isDroppedHere(address, LOST);
    const lost = outputCounts(version)!;
    assert.deepEqual([lost.made - dropped.made, lost.passed - dropped.passed], [1, 1]);
  }
});
