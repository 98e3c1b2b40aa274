import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { amqpExamples } from "./amqp.examples.js";
import { amqp } from "./amqp.js";
import { coapExamples } from "./coap.examples.js";
import { coap } from "./coap.js";
import { corbaExamples } from "./corba.examples.js";
import { corba } from "./corba.js";
import { fixExamples } from "./fix.examples.js";
import { fix } from "./fix.js";
import { hl7Examples } from "./hl7.examples.js";
import { hl7 } from "./hl7.js";
import { jrmiExamples } from "./jrmi.examples.js";
import { jrmi } from "./jrmi.js";
import { kafkaExamples } from "./kafka.examples.js";
import { kafka } from "./kafka.js";
import { mqttExamples } from "./mqtt.examples.js";
import { mqtt } from "./mqtt.js";
import { natsExamples } from "./nats.examples.js";
import { nats } from "./nats.js";
import { openwireExamples } from "./openwire.examples.js";
import { openwire } from "./openwire.js";
import { smppExamples } from "./smpp.examples.js";
import { smpp } from "./smpp.js";
import { stompExamples } from "./stomp.examples.js";
import { stomp } from "./stomp.js";
import { thriftExamples } from "./thrift.examples.js";
import { thrift } from "./thrift.js";
import { z3950Examples } from "./z3950.examples.js";
import { z3950 } from "./z3950.js";
import { zeromqExamples } from "./zeromq.examples.js";
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

export const messagingExamples: readonly Example[] = [
  ...mqttExamples,
  ...amqpExamples,
  ...openwireExamples,
  ...kafkaExamples,
  ...natsExamples,
  ...zeromqExamples,
  ...stompExamples,
  ...smppExamples,
  ...fixExamples,
  ...hl7Examples,
  ...corbaExamples,
  ...jrmiExamples,
  ...thriftExamples,
  ...coapExamples,
  ...z3950Examples,
];
