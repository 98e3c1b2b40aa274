/** Names of AMQP's methods and performatives. */

/** AMQP 0-9-1, "Class and method index": classes with methods by number. */
const CLASSES: ReadonlyMap<number, readonly [string, ReadonlyMap<number, string>]> = new Map([
  [
    10,
    [
      "connection",
      new Map([
        [10, "start"],
        [11, "start-ok"],
        [20, "secure"],
        [21, "secure-ok"],
        [30, "tune"],
        [31, "tune-ok"],
        [40, "open"],
        [41, "open-ok"],
        [50, "close"],
        [51, "close-ok"],
        [60, "blocked"],
        [61, "unblocked"],
      ]),
    ],
  ],
  [
    20,
    [
      "channel",
      new Map([
        [10, "open"],
        [11, "open-ok"],
        [20, "flow"],
        [21, "flow-ok"],
        [40, "close"],
        [41, "close-ok"],
      ]),
    ],
  ],
  [
    40,
    [
      "exchange",
      new Map([
        [10, "declare"],
        [11, "declare-ok"],
        [20, "delete"],
        [21, "delete-ok"],
        [30, "bind"],
        [31, "bind-ok"],
      ]),
    ],
  ],
  [
    50,
    [
      "queue",
      new Map([
        [10, "declare"],
        [11, "declare-ok"],
        [20, "bind"],
        [21, "bind-ok"],
        [30, "purge"],
        [31, "purge-ok"],
        [40, "delete"],
        [41, "delete-ok"],
        [50, "unbind"],
        [51, "unbind-ok"],
      ]),
    ],
  ],
  [
    60,
    [
      "basic",
      new Map([
        [10, "qos"],
        [11, "qos-ok"],
        [20, "consume"],
        [21, "consume-ok"],
        [30, "cancel"],
        [31, "cancel-ok"],
        [40, "publish"],
        [50, "return"],
        [60, "deliver"],
        [70, "get"],
        [71, "get-ok"],
        [72, "get-empty"],
        [80, "ack"],
        [90, "reject"],
        [110, "recover"],
        [111, "recover-ok"],
        [120, "nack"],
      ]),
    ],
  ],
  [
    85,
    [
      "confirm",
      new Map([
        [10, "select"],
        [11, "select-ok"],
      ]),
    ],
  ],
  [
    90,
    [
      "tx",
      new Map([
        [10, "select"],
        [11, "select-ok"],
        [20, "commit"],
        [21, "commit-ok"],
        [30, "rollback"],
        [31, "rollback-ok"],
      ]),
    ],
  ],
]);

const NAMES: ReadonlyMap<number, string> = new Map(
  [...CLASSES].flatMap(([number, [name, methods]]) =>
    [...methods].map(([method, methodOf]): [number, string] => [
      number * 0x1_0000 + method,
      `${name}.${methodOf}`,
    ]),
  ),
);

/** `classAndMethod` is the class in the upper, the method in the lower 16 bits. */
export function methodName(classAndMethod: number): string | undefined {
  return NAMES.get(classAndMethod);
}

/** AMQP 1.0 §2.7 and §5.3.3: codes of performatives and SASL frames. */
export const PERFORMATIVES: ReadonlyMap<number, string> = new Map([
  [0x10, "open"],
  [0x11, "begin"],
  [0x12, "attach"],
  [0x13, "flow"],
  [0x14, "transfer"],
  [0x15, "disposition"],
  [0x16, "detach"],
  [0x17, "end"],
  [0x18, "close"],
  [0x40, "sasl-mechanisms"],
  [0x41, "sasl-init"],
  [0x42, "sasl-challenge"],
  [0x43, "sasl-response"],
  [0x44, "sasl-outcome"],
]);
