import type { Protocol } from "../../dissector.js";
import { avastSecuredns } from "./avast-securedns.js";
import { ceph } from "./ceph.js";
import { checkmk } from "./checkmk.js";
import { crynetwork } from "./crynetwork.js";
import { eaq } from "./eaq.js";
import { iperf3 } from "./iperf3.js";
import { iscsi } from "./iscsi.js";
import { lustre } from "./lustre.js";
import { nbd } from "./nbd.js";
import { ookla } from "./ookla.js";
import { raknet } from "./raknet.js";
import { ripeAtlas } from "./ripe-atlas.js";
import { sourceEngine } from "./source-engine.js";
import { uftp } from "./uftp.js";
import { yojimbo } from "./yojimbo.js";
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
