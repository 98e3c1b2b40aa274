import type { Protocol } from "../../dissector.js";
import { amqp } from "./amqp.js";
import { coap } from "./coap.js";
import { corba } from "./corba.js";
import { fix } from "./fix.js";
import { hl7 } from "./hl7.js";
import { jrmi } from "./jrmi.js";
import { kafka } from "./kafka.js";
import { mqtt } from "./mqtt.js";
import { nats } from "./nats.js";
import { openwire } from "./openwire.js";
import { smpp } from "./smpp.js";
import { stomp } from "./stomp.js";
import { thrift } from "./thrift.js";
import { z3950 } from "./z3950.js";
import { zeromq } from "./zeromq.js";

/** Message brokers and business messages. */
export const messagingProtocols: readonly Protocol[] = [
  mqtt,
  amqp,
  openwire,
  kafka,
  nats,
  zeromq,
  stomp,
  smpp,
  fix,
  hl7,
  corba,
  jrmi,
  thrift,
  coap,
  z3950,
];
