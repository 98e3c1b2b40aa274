/** A difference of two scans as one line of JSON: its lists, with fields in the words of a scan's own JSON. */
import type { RecordedService } from "../report/json-reader.js";
import type {
  ComparedScan,
  HostChange,
  OpenPort,
  PortChange,
  PortSight,
  ScanDifference,
} from "./difference.js";

/** `before` and `after` of a port are a state and a reason, or, where it is one of several, `states`. Times are ISO 8601 in UTC. */
export function differenceJson(difference: ScanDifference): string {
  return JSON.stringify({
    older: scanRecord(difference.older),
    newer: scanRecord(difference.newer),
    opened: difference.opened.map(portRecord),
    closed: difference.closed.map(portRecord),
    changed: difference.changed.map(portRecord),
    services: difference.services.map(({ address, zone, names, protocol, port, before, after }) => ({
      address,
      zone,
      names,
      protocol,
      port,
      before: serviceRecord(before),
      after: serviceRecord(after),
    })),
    appeared: difference.appeared.map(hostRecord),
    gone: difference.gone.map(hostRecord),
    not_compared: difference.notCompared.map(({ address, zone, names, seenBy, because, open }) => ({
      address,
      zone,
      names,
      seen_by: seenBy,
      because,
      open: open.map(openRecord),
    })),
    still_open: difference.stillOpen,
  });
}

function scanRecord({ startedMs, finishedMs, techniques, isStopped, hostsAsked }: ComparedScan): object {
  return {
    started: new Date(startedMs).toISOString(),
    finished: new Date(finishedMs).toISOString(),
    techniques,
    stopped: isStopped,
    hosts_asked: hostsAsked,
  };
}

function portRecord({ address, zone, names, protocol, port, before, after, service }: PortChange): object {
  return {
    address,
    zone,
    names,
    protocol,
    port,
    before: sightRecord(before),
    after: sightRecord(after),
    service: serviceRecord(service),
  };
}

function sightRecord({ states, reason }: PortSight): object {
  return states.length === 1 ? { state: states[0], reason } : { states, reason };
}

function hostRecord({ address, zone, names, open }: HostChange): object {
  return { address, zone, names, open: open.map(openRecord) };
}

function openRecord({ protocol, port, service }: OpenPort): object {
  return { protocol, port, service: serviceRecord(service) };
}

function serviceRecord(service: RecordedService | undefined): object | undefined {
  if (service === undefined) return undefined;
  const { name, isProbed, product, version } = service;
  return { name, method: isProbed ? "probed" : "table", product, version };
}
