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
const result = await scan({
  targets: await TargetSet.build({ targets: [parseTarget(target)] }),
  technique: CONNECT,
  ports: [...parsePorts(ports, ["tcp"]).tcp],
  timing: timingTemplateOf("normal"),
  serviceOf: (protocol, port) => serviceName(port, protocol),
});
for (const { address, ports: listed, others } of result.hosts) {
  for (const { port, state, service } of listed) console.log(address, port, state, service ?? "");
  for (const { count, state, reason } of others) console.log(address, count, state, reason);
}
