/**
 * What standard error says of a capture: what was wrong with it, what it held beside flows, where it was stopped.
 */
import { PalisadeError } from "@palisade/base";
import { type Anomaly, mergeAnomalies } from "@palisade/inspect";
import type { Device } from "@palisade/link";
import type { CaptureEnd } from "@palisade/wire";
import { deviceName } from "../device-name.js";
import { EXIT_BAD_INPUT, EXIT_DONE, exitStatusOf } from "../exit-status.js";
import { formatBytes, printable } from "../terminal.js";
import type { RunResult } from "./runner.js";

/** What belongs to no flow, which records cannot tell: on standard error. */
export function tellAnomalies(device: Device, { parts }: RunResult): void {
  for (const anomaly of mergeAnomalies(parts.map((part) => part.anomalies)))
    tell(device, anomalyLine(anomaly));
}

function anomalyLine({ kind, packet, count }: Anomaly): string {
  const { name, severity, title } = kind;
  const times = count === 1 ? "once" : `${count} times`;
  return `${times}: ${name} (${severity}), ${count === 1 ? "" : "first "}in frame ${packet}: ${title}`;
}

function tell(device: Device, text: string): void {
  process.stderr.write(`palisade: ${deviceName(device)}: ${text}\n`);
}

/** Says on standard error what was wrong with the capture, and returns the exit status it stands for. */
export function report(device: Device, { capture, failure, stopped }: RunResult): number {
  const kernel = device.statistics();
  // The kernel's own count of packets takes in some that are in no flow, as `DeviceStatistics` says.
  if (kernel !== undefined)
    tell(device, `${counted(capture.packets, "packet")} read, ${kernel.dropped} dropped by the kernel`);
  if (failure !== undefined) {
    if (!(failure instanceof PalisadeError)) throw failure;
    process.stderr.write(`palisade: ${printable(failure.message)}\n`);
    return exitStatusOf(failure);
  }
  if (kernel !== undefined) return EXIT_DONE;
  // A capture that somebody stopped ends where it ends.
  const whole = stopped && (capture.format === undefined || capture.malformed === undefined);
  const problem = whole ? undefined : problemOf(device, capture);
  if (problem === undefined) return EXIT_DONE;
  tell(device, problem);
  return EXIT_BAD_INPUT;
}

/** As in "stopped at 13 % of big.pcap; …". */
export function whereStopped(device: Device, { stopped }: RunResult, unread: number): string {
  const { sizeBytes, positionBytes } = device;
  // Who was stopped was not done, though all of a compressed file may have been taken in.
  const share = sizeBytes ? Math.min(99, Math.floor((100 * positionBytes) / sizeBytes)) : undefined;
  const progress = share === undefined ? `after ${formatBytes(positionBytes)} of` : `at ${share} % of`;
  const rest = unread === 0 ? "" : `, before ${counted(unread, "other capture")}`;
  return `${stopped ? progress : "after"} ${deviceName(device)}${rest}; the figures are of what was read`;
}

function problemOf({ sizeBytes }: Device, capture: CaptureEnd): string | undefined {
  const { malformed, truncated, wholeOctets, missingBytes, format, packets } = capture;
  if (malformed?.name === "capture.empty")
    return `the capture is empty${sizeBytes === undefined ? "" : "; was it still being written?"}`;
  if (malformed?.name === "capture.unknown-format")
    return "not a capture: neither pcap nor pcapng; give a file that tcpdump -w or Wireshark wrote";
  const before =
    packets === 0
      ? "no packet came before it"
      : packets === 1
        ? "the whole packet before it was read"
        : `the ${packets} whole packets before it were read`;
  if (malformed !== undefined)
    return `the capture is damaged at octet ${wholeOctets} (${malformed.name}); ${before}`;
  if (!truncated) return undefined;
  const where =
    wholeOctets === 0 ? "its header" : `the middle of a ${format === "pcapng" ? "block" : "packet"}`;
  const missing = missingBytes === 1 ? "1 octet is" : `${missingBytes} octets are`;
  return `the capture is cut in ${where} (${missing} missing); ${before}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
