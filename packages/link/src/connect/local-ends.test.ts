/** Local ends, with sockets of this machine's loopback interface; connector.test.ts has them in use. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIpAddress } from "@palisade/wire";
import {
  AF_INET,
  IPPROTO_TCP,
  openSystem,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  type System,
  unsupported,
} from "../system.js";
import { blankAttempt } from "./connector.js";
import {
  ANY4,
  ANY6,
  BOUND_PORTS_MAX,
  LOCAL_END_MS_MAX,
  LOCAL_END_TARGETS_MAX,
  LocalEnds,
} from "./local-ends.js";

const skip = unsupported(process.platform, process.arch)?.message ?? false;

function attemptAt(address: string) {
  const octets = parseIpAddress(address)!;
  const attempt = blankAttempt();
  attempt.address.set(octets);
  attempt.addressBytes = octets.length;
  attempt.port = 9;
  return attempt;
}

function socket(system: System): number {
  return system.door("socket", "int", ["int", "int", "int"])(
    AF_INET,
    SOCK_STREAM | SOCK_CLOEXEC,
    IPPROTO_TCP,
  );
}

/** Address and port of a socket's own end. */
function nameOf(system: System, fd: number): string {
  const memory = system.allocate(64, "connects");
  memory.view.setUint32(32, 28, true);
  system.door("getsockname", "int", ["int", "void *", "void *"])(fd, memory.address, memory.address + 32n);
  const name = `${memory.octets.slice(4, 8).join(".")}:${memory.view.getUint16(2)}`;
  memory.release();
  return name;
}

test("a target is asked about when it comes again, and then known", { skip }, () => {
  const ends = new LocalEnds(openSystem(), undefined);
  const here = attemptAt("127.0.0.1");
  const there = attemptAt("127.0.0.2");
  assert.equal(ends.of(here, 0), ANY4);
  const known = ends.of(here, 0);
  assert.ok(known > ANY6);
  assert.equal(ends.of(there, 0), ANY4);
  // The kernel connects to all of 127.0.0.0/8 from one address.
  assert.equal(ends.of(there, 0), known);
  assert.equal(ends.of(here, 0), known);
  ends.forget();
  assert.equal(ends.of(here, 0), ANY4);
  assert.equal(ends.of(here, 0), known);
  ends.close();
});

test("what is known is asked about anew after a while", { skip }, () => {
  const ends = new LocalEnds(openSystem(), undefined);
  const here = attemptAt("127.0.0.1");
  ends.of(here, 5_000);
  const known = ends.of(here, 5_000);
  assert.ok(known > ANY6);
  assert.equal(ends.of(here, 5_000 + LOCAL_END_MS_MAX - 1), known);
  assert.equal(ends.of(here, 5_000 + LOCAL_END_MS_MAX), ANY4);
  assert.equal(ends.of(here, 5_000 + LOCAL_END_MS_MAX), known);
  ends.close();
});

test("what has no source address is connected to from any", { skip }, () => {
  const ends = new LocalEnds(openSystem(), undefined);
  // No broadcast without SO_BROADCAST (ip(7)).
  const nowhere = attemptAt("255.255.255.255");
  for (let times = 0; times < 3; times += 1) assert.equal(ends.of(nowhere, 0), ANY4);
  ends.close();
});

test("with a source address given, it is the end of its family's attempts", { skip }, () => {
  const ends = new LocalEnds(openSystem(), parseIpAddress("127.0.0.1"));
  assert.ok(ends.of(attemptAt("127.0.0.9"), 0) > ANY6);
  assert.equal(ends.of(attemptAt("::1"), 0), ANY6);
  ends.close();
});

test(`all is forgotten after ${LOCAL_END_TARGETS_MAX} targets`, { skip }, () => {
  const ends = new LocalEnds(openSystem(), undefined);
  const first = attemptAt("127.0.0.1");
  ends.of(first, 0);
  ends.of(first, 0);
  for (let target = 1; target < LOCAL_END_TARGETS_MAX; target += 1) {
    ends.of(attemptAt(`127.1.${target >> 8}.${target & 0xff}`), 0);
  }
  assert.notEqual(ends.of(first, 0), ANY4);
  ends.of(attemptAt("127.2.0.1"), 0);
  assert.equal(ends.of(first, 0), ANY4);
  ends.close();
});

test("sockets are bound to the source address and to ports of their own, so many and no more", {
  skip,
}, () => {
  const system = openSystem();
  const ends = new LocalEnds(system, undefined);
  const attempt = attemptAt("127.0.0.1");
  ends.of(attempt, 0);
  const end = ends.of(attempt, 0);
  const names = new Set<string>();
  const fds: number[] = [];
  try {
    for (;;) {
      const fd = socket(system);
      fds.push(fd);
      if (fds.length > BOUND_PORTS_MAX + 1 || !ends.bind(fd, end)) break;
      names.add(nameOf(system, fd));
    }
    assert.equal(names.size, fds.length - 1);
    assert.ok(names.size > 0 && names.size <= BOUND_PORTS_MAX);
    for (const name of names) assert.match(name, /^127\.0\.0\.1:[1-9]/);
    // The end is good for those that come when one is closed.
    assert.equal(ends.of(attempt, 0), end);
    ends.unbound();
    assert.ok(ends.bind(fds.at(-1)!, end));
  } finally {
    for (const fd of fds) system.close(fd);
    ends.close();
  }
});
