import type { Example } from "../../example.js";
import { avastSecurednsExamples } from "./avast-securedns.examples.js";
import { cephExamples } from "./ceph.examples.js";
import { checkmkExamples } from "./checkmk.examples.js";
import { crynetworkExamples } from "./crynetwork.examples.js";
import { eaqExamples } from "./eaq.examples.js";
import { iperf3Examples } from "./iperf3.examples.js";
import { iscsiExamples } from "./iscsi.examples.js";
import { lustreExamples } from "./lustre.examples.js";
import { nbdExamples } from "./nbd.examples.js";
import { ooklaExamples } from "./ookla.examples.js";
import { raknetExamples } from "./raknet.examples.js";
import { ripeAtlasExamples } from "./ripe-atlas.examples.js";
import { sourceEngineExamples } from "./source-engine.examples.js";
import { uftpExamples } from "./uftp.examples.js";
import { yojimboExamples } from "./yojimbo.examples.js";
import { zookeeperExamples } from "./zookeeper.examples.js";

export const infrastructureExamples: readonly Example[] = [
  ...cephExamples,
  ...lustreExamples,
  ...uftpExamples,
  ...iscsiExamples,
  ...nbdExamples,
  ...checkmkExamples,
  ...zookeeperExamples,
  ...iperf3Examples,
  ...raknetExamples,
  ...sourceEngineExamples,
  ...yojimboExamples,
  ...crynetworkExamples,
  ...ooklaExamples,
  ...ripeAtlasExamples,
  ...avastSecurednsExamples,
  ...eaqExamples,
];
