import type { Example } from "../../example.js";
import { amqpExamples } from "./amqp.examples.js";
import { coapExamples } from "./coap.examples.js";
import { corbaExamples } from "./corba.examples.js";
import { fixExamples } from "./fix.examples.js";
import { hl7Examples } from "./hl7.examples.js";
import { jrmiExamples } from "./jrmi.examples.js";
import { kafkaExamples } from "./kafka.examples.js";
import { mqttExamples } from "./mqtt.examples.js";
import { natsExamples } from "./nats.examples.js";
import { openwireExamples } from "./openwire.examples.js";
import { smppExamples } from "./smpp.examples.js";
import { stompExamples } from "./stomp.examples.js";
import { thriftExamples } from "./thrift.examples.js";
import { z3950Examples } from "./z3950.examples.js";
import { zeromqExamples } from "./zeromq.examples.js";

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
