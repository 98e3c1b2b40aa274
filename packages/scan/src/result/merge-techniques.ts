/**
 * Ports that several techniques of one protocol asked, as `-sS -sT` does: one result a port, of the answer that is most certain,
 * with what each technique said beside it. Readers of XML refuse a port that is there twice, and nobody counts it twice.
 */
import type { PortCount, PortProtocol, PortResult, PortService, TechniqueAnswer } from "./result.js";
import { rangesOf } from "./result.js";

/** What one technique says of a host's ports: each of them is in one of the two. */
export interface TechniquePorts {
  readonly technique: string;
  readonly protocol: PortProtocol;
  readonly ports: readonly PortResult[];
  readonly others: readonly PortCount[];
}

interface Answer extends TechniqueAnswer {
  readonly isListed: boolean;
  readonly service: PortService | undefined;
}

/** These ask whether somebody listens; others infer it from how a host treats a segment that belongs to no connection. */
const HANDSHAKE: ReadonlySet<string> = new Set(["syn", "connect"]);

/** The more a state says, the earlier. */
const STATES: readonly string[] = [
  "open",
  "closed",
  "filtered",
  "unfiltered",
  "open|filtered",
  "closed|filtered",
];

const SILENCE = "no-response";

/**
 * Which of two answers is believed: a reply before silence, a handshake before what infers, the state that says more, and else the
 * technique that asked first. Negative where it is the first of the two.
 */
function byCertainty(a: TechniqueAnswer, b: TechniqueAnswer): number {
  return (
    Number(a.reason === SILENCE) - Number(b.reason === SILENCE) ||
    Number(HANDSHAKE.has(b.technique)) - Number(HANDSHAKE.has(a.technique)) ||
    STATES.indexOf(a.state) - STATES.indexOf(b.state)
  );
}

/** The ports of a host, each once; techniques that alone asked a protocol stay as they are. */
export function mergeTechniques(asked: readonly TechniquePorts[]): {
  readonly ports: PortResult[];
  readonly others: PortCount[];
} {
  const [only] = asked;
  if (only !== undefined && asked.length === 1) return { ports: [...only.ports], others: [...only.others] };
  const merged: { readonly ports: PortResult[]; readonly others: PortCount[] } = { ports: [], others: [] };
  const protocols = new Set(asked.map(({ protocol }) => protocol));
  for (const protocol of protocols) {
    const same = asked.filter((one) => one.protocol === protocol);
    const { ports, others } = same.length === 1 ? same[0]! : mergedProtocol(protocol, same);
    for (const port of ports) merged.ports.push(port);
    for (const other of others) merged.others.push(other);
  }
  return merged;
}

function mergedProtocol(
  protocol: PortProtocol,
  asked: readonly TechniquePorts[],
): Pick<TechniquePorts, "ports" | "others"> {
  const ports: PortResult[] = [];
  const groups = new Map<string, { readonly answers: readonly Answer[]; readonly ports: number[] }>();
  for (const [port, answers] of answersByPort(asked)) {
    const best = answers.toSorted(byCertainty)[0]!;
    if (best.isListed) {
      const { state, reason, replyTtl, service } = best;
      ports.push({ protocol, port, state, reason, replyTtl, service, answers: plain(answers) });
      continue;
    }
    const key = answers.map(({ technique, state, reason }) => `${technique} ${state} ${reason}`).join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { answers, ports: [port] });
    else group.ports.push(port);
  }
  const others = [...groups.values()].map(({ answers, ports: some }): PortCount => {
    const { state, reason } = answers.toSorted(byCertainty)[0]!;
    return {
      protocol,
      state,
      reason,
      count: some.length,
      ports: rangesOf(some),
      answers: plain(answers.map((answer) => ({ ...answer, replyTtl: 0 }))),
    };
  });
  return { ports, others };
}

/** Ascending ports, with answers in the order of the techniques. */
function answersByPort(asked: readonly TechniquePorts[]): [port: number, answers: Answer[]][] {
  const known = new Map<number, Answer[]>();
  const add = (port: number, answer: Answer): void => {
    const answers = known.get(port);
    if (answers === undefined) known.set(port, [answer]);
    else answers.push(answer);
  };
  for (const { technique, ports, others } of asked) {
    for (const { port, state, reason, replyTtl, service } of ports)
      add(port, { technique, state, reason, replyTtl, service, isListed: true });
    for (const { state, reason, ports: ranges } of others) {
      const answer = { technique, state, reason, replyTtl: 0, service: undefined, isListed: false };
      for (const range of ranges.split(",")) {
        const [first, last = first] = range.split("-").map(Number) as [number, number?];
        for (let port = first; port <= last!; port += 1) add(port, answer);
      }
    }
  }
  return [...known].sort(([a], [b]) => a - b);
}

/** What results say; undefined of a port that one technique alone asked. */
function plain(answers: readonly Answer[]): readonly TechniqueAnswer[] | undefined {
  if (answers.length < 2) return undefined;
  return answers.map(({ technique, state, reason, replyTtl }) => ({ technique, state, reason, replyTtl }));
}

/**
 * What techniques said of a port whose state is another: undefined where all agree.
 *
 * @returns as in `connect: filtered (no-response)`, with `, ` between several
 */
export function otherAnswers({
  state,
  answers = [],
}: Pick<PortResult, "state" | "answers">): string | undefined {
  const others = answers.filter((answer) => answer.state !== state);
  if (others.length === 0) return undefined;
  return others.map(({ technique, state: other, reason }) => `${technique}: ${other} (${reason})`).join(", ");
}
