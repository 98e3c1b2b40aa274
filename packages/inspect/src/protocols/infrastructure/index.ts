import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { avastSecurednsExamples } from "./avast-securedns.examples.js";
import { avastSecuredns } from "./avast-securedns.js";
import { cephExamples } from "./ceph.examples.js";
import { ceph } from "./ceph.js";
import { checkmkExamples } from "./checkmk.examples.js";
import { checkmk } from "./checkmk.js";
import { crynetworkExamples } from "./crynetwork.examples.js";
import { crynetwork } from "./crynetwork.js";
import { eaqExamples } from "./eaq.examples.js";
import { eaq } from "./eaq.js";
import { iperf3Examples } from "./iperf3.examples.js";
import { iperf3 } from "./iperf3.js";
import { iscsiExamples } from "./iscsi.examples.js";
import { iscsi } from "./iscsi.js";
import { lustreExamples } from "./lustre.examples.js";
import { lustre } from "./lustre.js";
import { nbdExamples } from "./nbd.examples.js";
import { nbd } from "./nbd.js";
import { ooklaExamples } from "./ookla.examples.js";
import { ookla } from "./ookla.js";
import { raknetExamples } from "./raknet.examples.js";
import { raknet } from "./raknet.js";
import { ripeAtlasExamples } from "./ripe-atlas.examples.js";
import { ripeAtlas } from "./ripe-atlas.js";
import { sourceEngineExamples } from "./source-engine.examples.js";
import { sourceEngine } from "./source-engine.js";
import { uftpExamples } from "./uftp.examples.js";
import { uftp } from "./uftp.js";
import { yojimboExamples } from "./yojimbo.examples.js";
import { yojimbo } from "./yojimbo.js";
import { zookeeperExamples } from "./zookeeper.examples.js";
import { zookeeper } from "./zookeeper.js";

/** Storage clusters, monitoring and middleware. */
export const infrastructureProtocols: readonly Protocol[] = [
  ceph,
  lustre,
  uftp,
  iscsi,
  nbd,
  checkmk,
  zookeeper,
  iperf3,
  raknet,
  sourceEngine,
  yojimbo,
  crynetwork,
  ookla,
  ripeAtlas,
  avastSecuredns,
  eaq,
];

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
