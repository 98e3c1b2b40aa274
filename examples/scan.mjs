// Open ports of this machine: node examples/scan.mjs [TARGET [PORTS]]
import {
  CONNECT,
  parsePorts,
  parseTarget,
  scan,
  serviceName,
  TargetSet,
  timingTemplateOf,
} from "@palisade/scan";

const [, , target = "127.0.0.1", ports = "1-1024"] = process.argv;
const run = scan({
  targets: await TargetSet.build({ targets: [parseTarget(target)] }),
  asks: [{ technique: CONNECT, ports: [...parsePorts(ports, ["tcp"]).tcp] }],
  timing: timingTemplateOf("normal"),
});
for await (const record of run) {
  if (record.type === "port") {
    const { address, port, state } = record.port;
    console.log(address, port, state, serviceName(port, "tcp") ?? "");
  } else if (record.type === "host") {
    for (const { count, state, reason } of record.host.others)
      console.log(record.host.address, count, state, reason);
  }
}
