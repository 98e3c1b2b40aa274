/**
 * Some of the hosts of a list, in its order and numbered anew from 0: those that are up, or that are reached one way.
 */
import { assert } from "@palisade/base";
import type { HostList } from "../scan-plan.js";
import type { StateTable } from "../state-table.js";

/** Numbers of hosts, ascending: of 32 bits where the list they are from has no larger ones, else doubles. */
export type HostNumbers = Uint32Array | Float64Array;

/** Room for the numbers of `count` hosts of a list of `size`: 4 octets each, or 8 of lists beyond 2^32. */
export function hostNumbers(count: number, size: number): HostNumbers {
  return size <= 0x1_0000_0000 ? new Uint32Array(count) : new Float64Array(count);
}

/**
 * The hosts with these numbers, as a list of their own. A number is found again in as many steps as their count has bits.
 *
 * @param numbers ascending, each once, below `hosts.size`; kept, not copied
 */
export function hostSubset(hosts: HostList, numbers: HostNumbers): HostList {
  const size = numbers.length;
  for (let at = 1; at < size; at += 1) {
    assert(numbers[at - 1]! < numbers[at]!, "a subset's numbers ascend");
  }
  assert(size === 0 || numbers[size - 1]! < hosts.size, "a subset's numbers are of its list");
  return {
    addressBytes: hosts.addressBytes,
    size,
    write: (host, octets, at) => hosts.write(numbers[host]!, octets, at),
    indexAt(octets, at) {
      const number = hosts.indexAt(octets, at);
      return number < 0 ? -1 : placeOf(numbers, number);
    },
  };
}

/**
 * The hosts that are up: those whose value in `table`, which has one for each host, is not 0. The list itself where all are.
 */
export function hostsUp(hosts: HostList, table: StateTable): HostList {
  assert(table.size === hosts.size, "a table of hosts has an entry for each");
  if (table.answered === hosts.size) return hosts;
  const numbers = hostNumbers(table.answered, hosts.size);
  let found = 0;
  for (let host = 0; found < numbers.length; host += 1) {
    if (table.get(host) === 0) continue;
    numbers[found] = host;
    found += 1;
  }
  return hostSubset(hosts, numbers);
}

/** Where a number stands among ascending ones, -1 where it does not. */
function placeOf(numbers: HostNumbers, number: number): number {
  let first = 0;
  let end = numbers.length;
  while (first < end) {
    const middle = first + ((end - first) >>> 1);
    if (numbers[middle]! < number) first = middle + 1;
    else end = middle;
  }
  return numbers[first] === number ? first : -1;
}
