import assert from "node:assert/strict";
import { test } from "node:test";
import { PalisadeError } from "@palisade/base";
import { interfaceNames, linkError, parseInterfaceNames, unsupported } from "./system.js";

test("the kernel's numbers become stable codes and a line that says what to do", () => {
  const table: readonly [number, string, RegExp][] = [
    [1, "LINK_NOT_PERMITTED", /CAP_NET_RAW.*tcpdump -i eth0 -w - \| palisade inspect -i -/],
    [13, "LINK_NOT_PERMITTED", /run as root/],
    [19, "LINK_NO_SUCH_INTERFACE", /there is no interface "eth0"; there are: .*any$/],
    [6, "LINK_NO_SUCH_INTERFACE", /there are:/],
    [100, "LINK_DOWN", /ip link set dev eth0 up/],
    [12, "LINK_NO_MEMORY", /smaller ring/],
    [105, "LINK_NO_MEMORY", /setsockopt X/],
    [92, "LINK_UNSUPPORTED", /no packet sockets with rings/],
    [97, "LINK_UNSUPPORTED", /tcpdump/],
    [22, "LINK_FAILED", /cannot capture on eth0: setsockopt X: EINVAL$/],
    [99_999, "LINK_FAILED", /99999/],
  ];
  for (const [errno, code, message] of table) {
    const error = linkError("setsockopt X", errno, "eth0");
    assert.ok(error instanceof PalisadeError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.ok(!error.message.includes("\n"));
  }
});

test("what went wrong with sending is told without advice on capturing", () => {
  const table: readonly [number, string, RegExp][] = [
    [1, "LINK_NOT_PERMITTED", /^no permission to send on eth0: .*CAP_NET_RAW/],
    [19, "LINK_NO_SUCH_INTERFACE", /there are: /],
    [100, "LINK_DOWN", /nothing can be sent before it is up \(ip link set dev eth0 up\)$/],
    [12, "LINK_NO_MEMORY", /to send on eth0 \(bind\): ask for fewer or shorter slots$/],
    [97, "LINK_UNSUPPORTED", /RestrictAddressFamilies/],
    [22, "LINK_FAILED", /^cannot send on eth0: bind: EINVAL$/],
  ];
  for (const [errno, code, message] of table) {
    const error = linkError("bind", errno, "eth0", "send");
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /captur|tcpdump|ring|\n/);
  }
});

test("other platforms are refused with what works there", () => {
  assert.equal(unsupported("linux", "x64"), undefined);
  assert.equal(unsupported("linux", "arm64"), undefined);
  for (const [platform, architecture] of [
    ["darwin", "arm64"],
    ["win32", "x64"],
    ["linux", "arm"],
  ] as const) {
    const error = unsupported(platform, architecture);
    assert.equal(error?.code, "LINK_UNSUPPORTED");
    assert.match(error.message, new RegExp(`this is ${platform}-${architecture}: pipe a capture in`));
  }
});

test("interface names are read from the kernel's table of counters", () => {
  const text = [
    "Inter-|   Receive                            |  Transmit",
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets",
    "    lo: 2776770   11307    0    0    0     0          0         0  2776770   11307",
    "eth0.5:       0       0    0    0    0     0          0         0        0       0",
    "wlp2s0:1 2",
    "",
  ].join("\n");
  assert.deepEqual(parseInterfaceNames(text), ["lo", "eth0.5", "wlp2s0"]);
  assert.deepEqual(parseInterfaceNames(""), []);
  if (process.platform === "linux") assert.ok(interfaceNames().includes("lo"));
});
