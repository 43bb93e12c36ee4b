import type { ClusterUsage, TestCluster } from "../testing/test-cluster.js";
import type { Book } from "./book.js";
import { deadLetters } from "./services.js";

/** What must hold in every run. */
export const invariants = {
  deadline: "every call ends by its deadline plus one tick",
  once: "no handler runs twice for a call that is not idempotent",
  reply: "every reply is whole and the caller's own",
  events: "no acknowledged event is lost: each group handles it, or puts it to its dead letters",
  order: "a group first begins events of one key in the order of their publishing",
  starvation: "the selector starves no healthy node",
  deploy: "a rolling deploy fails no call",
  memory: "when all is done nothing is left: connections, timers, requests, calls in hand",
} as const;

/** Name of an invariant. */
export type Invariant = keyof typeof invariants;

/** An invariant that did not hold. */
export interface Violation {
  readonly invariant: Invariant;
  readonly detail: string;
}

/** Milliseconds that a deadline may be late: one tick of the engine's timers. */
const tickMs = 1;

/** Of its even share of calls a healthy node gets at least this much. */
const leastShare = 0.2;

/** What the book says, when all that was begun has ended. */
export function checkBook(book: Book, cluster: TestCluster): readonly Violation[] {
  return [
    ...checkCalls(book),
    ...checkRuns(book),
    ...checkEvents(book, cluster),
    ...checkOrder(book),
  ];
}

function* checkCalls({ calls }: Book): Iterable<Violation> {
  for (const { id, startedAt, timeoutMs, endedAt, outcome, wrong } of calls) {
    if (endedAt === undefined)
      yield { invariant: "deadline", detail: `${id} has not ended, ${timeoutMs} ms were given` };
    else if (endedAt - startedAt > timeoutMs + tickMs)
      yield {
        invariant: "deadline",
        detail: `${id} took ${endedAt - startedAt} ms, ${timeoutMs} were given (${outcome ?? ""})`,
      };
    if (wrong) yield { invariant: "reply", detail: `${id}: ${wrong}` };
  }
}

function* checkRuns({ runs }: Book): Iterable<Violation> {
  for (const [id, hosts] of runs)
    if (hosts.length > 1)
      yield { invariant: "once", detail: `${id} ran ${hosts.length} times: ${hosts.join(", ")}` };
}

function* checkEvents({ events }: Book, { broker }: TestCluster): Iterable<Violation> {
  for (const group of ["billing", "audit"] as const) {
    const buried = new Set(broker.published(deadLetters[group]).map(({ id }) => id));
    for (const { id, acknowledged, handledBy } of events.values())
      if (acknowledged && !handledBy.has(group) && !buried.has(id))
        yield { invariant: "events", detail: `${group} never handled ${id}` };
  }
}

function* checkOrder({ begun }: Book): Iterable<Violation> {
  for (const [line, numbers] of begun)
    if (numbers.some((number, index) => index > 0 && number < numbers[index - 1]!))
      yield { invariant: "order", detail: `${line}: ${numbers.join(" ")}` };
}

/** What a calm run must be like besides: nothing failed. */
export function* checkCalm({ calls }: Book, failures: readonly string[]): Iterable<Violation> {
  for (const { id, outcome } of calls)
    if (outcome !== undefined && outcome !== "ok")
      yield { invariant: "deploy", detail: `${id} failed: ${outcome}` };
  for (const failure of failures) yield { invariant: "deploy", detail: failure };
}

/** Who answered, when all `hosts` were well for long. */
export function* checkShares(
  answers: readonly string[],
  hosts: readonly string[],
): Iterable<Violation> {
  const least = (leastShare * answers.length) / hosts.length;
  for (const host of hosts) {
    const got = answers.filter((answer) => answer === host).length;
    if (got < least)
      yield {
        invariant: "starvation",
        detail: `${host} got ${got} of ${answers.length} calls among ${hosts.length} nodes`,
      };
  }
}

export function* checkUsage(
  what: string,
  now: ClusterUsage,
  before: ClusterUsage,
): Iterable<Violation> {
  for (const name of ["connections", "timers", "requests"] as const)
    if (now[name] > before[name])
      yield {
        invariant: "memory",
        detail: `${what}: ${now[name]} ${name}, ${before[name]} before`,
      };
}
