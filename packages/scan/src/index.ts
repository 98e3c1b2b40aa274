export type { PortState, ProbeTarget, Reason, Reply, Technique, Verdict } from "./technique.js";
