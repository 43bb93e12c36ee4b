import { connect, type Socket } from "node:net";
import type { Door } from "../protocols/server-protocol.js";
import type { Measure, Tally } from "../targets/child-messages.js";
import { Child } from "../targets/start-child.js";
import type { Scenario, ScenarioResult } from "./scenario.js";

/** Connections that all do the same to a server. */
export interface Flood {
  readonly title: string;
  /** Server under fire, and who calls it honestly. */
  readonly target: string;
  /** Limits of the server, as variables of its process. */
  readonly limits?: Readonly<Record<string, string>>;
  readonly connections: number;
  /** Sent at once by each. */
  readonly opening?: (connection: number, door: Door) => Buffer;
  /** Sent in turn, as fast as the server takes it, or a byte at a time. */
  readonly pours?: (turn: number, connection: number, door: Door) => Buffer;
  /** Milliseconds between two bytes; left out: as fast as possible. */
  readonly everyMs?: number;
  /** Whether the peers read what comes. */
  readonly reads: boolean;
  readonly forMs: number;
  /** At least so many of the connections have to be closed by the server in that time. Default 0. */
  readonly leastClosed?: number;
  /** What is over is refused for as long as the flood lasts, to honest callers too. Default false. */
  readonly refuses?: boolean;
  /** At most so many MiB may the process have resident, at any time. */
  readonly mostRssMib: number;
  /** Says what holds it. */
  readonly limit: string;
}

const mebi = 1_048_576;
/** Bytes that may be held more afterwards. */
const mostMoreMib = 24;
/** Milliseconds that the server has to close what it should, from when everybody is connected. */
const mostCloseMs = 15_000;
/**
 * Milliseconds that it has to let go of what it held. Node accepts one connection a turn of the event loop, so that
 * dead ones may wait in line with all that they had sent.
 */
const mostSettleMs = 30_000;
/** Milliseconds after a flood within which every honest call is served again. */
const mostRecoverMs = 5_000;
/** Honest calls in a row that say so. */
const servedAgain = 5;
/** What servers refuse by default, and those under fire do not elsewhere. */
const lateRefused = { FUZZ_MAX_LOOP_DELAY_MS: "500" };
/** What a server says that is busy: another one, or another time, will do. */
const refusal = /over the limit of \d+ concurrent calls|the event loop is \d+ ms late/;

class Peer {
  closedAfterMs: number | undefined;
  written = 0;
  readonly #socket: Socket;
  /** When it was connected. */
  began: number | undefined;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(
    private readonly flood: Flood,
    private readonly door: Door,
    private readonly number: number,
  ) {
    const socket = connect({ port: door.port, host: "127.0.0.1", noDelay: true });
    this.#socket = socket;
    socket.on("error", () => undefined);
    const gone = (): void => {
      this.closedAfterMs ??= performance.now() - (this.began ?? performance.now());
      clearInterval(this.#timer);
    };
    socket.on("end", gone);
    socket.on("close", gone);
    if (flood.reads) socket.resume();
    socket.on("connect", () => this.#begin());
  }

  #begin(): void {
    this.began = performance.now();
    const { opening, pours, everyMs } = this.flood;
    if (opening) this.#write(opening(this.number, this.door));
    if (!pours) return;
    if (everyMs === undefined) {
      this.#socket.on("drain", () => this.#pour());
      this.#pour();
    } else this.#timer = setInterval(() => this.#drip(), everyMs);
  }

  #pour(): void {
    for (let turn = 0; turn < 64 && this.closedAfterMs === undefined; turn++)
      if (!this.#write(this.flood.pours!(this.#turn++, this.number, this.door))) return;
    if (this.closedAfterMs === undefined) setImmediate(() => this.#pour());
  }

  #drip(): void {
    if (this.#bytes.length === 0)
      this.#bytes = this.flood.pours!(this.#turn++, this.number, this.door);
    this.#write(this.#bytes.subarray(0, 1));
    this.#bytes = this.#bytes.subarray(1);
  }

  #write(bytes: Buffer): boolean {
    if (this.#socket.destroyed) return false;
    this.written += bytes.length;
    return this.#socket.write(bytes);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#socket.destroy();
  }
}

/** A flood as a scenario. */
export const flooded = (flood: Flood): Scenario => ({ title: flood.title, run: () => run(flood) });

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Waits until it holds, or the time is over; answers whether it does. */
async function until(holds: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const began = performance.now();
  while (performance.now() - began < ms) {
    if (await holds()) return true;
    await sleep(50);
  }
  return holds();
}

const callsOf = async (witness: Child): Promise<Tally> =>
  (await witness.measure())?.tally ?? { calls: 0, failed: 0, faults: [], worstMs: 0 };

async function run(flood: Flood): Promise<ScenarioResult> {
  const { target: name, limits, connections, forMs, leastClosed = 0, refuses = false } = flood;
  const variables = { ...(refuses && lateRefused), ...limits };
  const { child: target, door } = await Child.start("server-target", name, variables);
  const { child: witness } = await Child.start("witness", name);
  const peers: Peer[] = [];
  try {
    witness.go(door);
    await until(async () => (await callsOf(witness)).calls > 0, mostCloseMs);
    const before = await target.measure();
    for (let number = 0; number < connections; number++) peers.push(new Peer(flood, door, number));
    const closed = (): Peer[] => peers.filter(({ closedAfterMs }) => closedAfterMs !== undefined);
    const dead = (): boolean => target.death !== undefined;
    const connected = (): boolean =>
      peers.every(({ began, closedAfterMs }) => began !== undefined || closedAfterMs !== undefined);
    await until(() => dead() || connected(), mostCloseMs);
    await until(dead, forMs);
    await until(() => dead() || closed().length >= leastClosed, mostCloseMs);
    const peak = target.peakRssBytes();
    const closedBefore = closed();
    for (const peer of peers) peer.end();
    const recovery = recovered(witness);
    const held = async (): Promise<number> =>
      ((await target.measure())?.heldBytes ?? Infinity) - (before?.heldBytes ?? 0);
    await until(async () => dead() || (await held()) <= mostMoreMib * mebi, mostSettleMs);
    const recoveredMs = await recovery;
    const after = await callsOf(witness);
    const measured = await target.measure();
    const failures: string[] = [];
    if (target.death !== undefined) failures.push(`the server died: ${target.death}`);
    else if (!measured) failures.push("the server did not answer its parent for 10 s");
    else failures.push(...judged(measured, (await held()) / mebi));
    if (peak / mebi > flood.mostRssMib)
      failures.push(`${Math.round(peak / mebi)} MiB resident, ${flood.mostRssMib} allowed`);
    if (closedBefore.length < leastClosed)
      failures.push(`${closedBefore.length} connections closed, ${leastClosed} expected`);
    failures.push(...testimony(flood, after, recoveredMs));
    const written = peers.reduce((sum, peer) => sum + peer.written, 0);
    return { ...told(flood, written, peak, closedBefore, after, recoveredMs), failures };
  } finally {
    for (const peer of peers) peer.end();
    await Promise.all([target.stop(), witness.stop()]);
  }
}

function judged({ errors }: Measure, moreMib: number): string[] {
  const failures = errors.map(([line, times]) => `${times} times: ${line}`);
  if (moreMib > mostMoreMib) failures.push(`holds ${moreMib.toFixed(1)} MiB more than before`);
  return failures;
}

/** Milliseconds until the first of five honest calls in a row that were served; Infinity when there were none. */
async function recovered(witness: Child): Promise<number> {
  const began = performance.now();
  let since = began;
  let seen = await callsOf(witness);
  const served = async (): Promise<boolean> => {
    const now = await callsOf(witness);
    if (now.failed > seen.failed) {
      since = performance.now();
      seen = now;
    }
    return now.calls >= seen.calls + servedAgain;
  };
  return (await until(served, 2 * mostRecoverMs)) ? since - began : Infinity;
}

/** What honest calls came to: refused in words at most, and served again afterwards. */
function testimony({ refuses = false }: Flood, after: Tally, recoveredMs: number): string[] {
  const failures = after.faults
    .filter((text) => !(refuses && refusal.test(text)))
    .map((text) => `an honest call failed: ${text}`);
  if (recoveredMs > mostRecoverMs)
    failures.push(`honest calls were not served again within ${mostRecoverMs} ms`);
  return failures;
}

function told(
  { connections, forMs, limit }: Flood,
  written: number,
  peak: number,
  closed: readonly Peer[],
  { calls, failed, worstMs }: Tally,
  recoveredMs: number,
): { readonly did: string; readonly held: string } {
  const size = written > 10 * mebi ? `${Math.round(written / mebi)} MiB` : `${written} B`;
  const last = Math.max(0, ...closed.map(({ closedAfterMs = 0 }) => closedAfterMs));
  const closing =
    closed.length > 0
      ? `${closed.length} closed, the last after ${(last / 1_000).toFixed(1)} s; `
      : "";
  return {
    did: `${connections} connections, ${size}, ${(forMs / 1_000).toFixed(1)} s`,
    held: `${limit}; ${closing}${Math.round(peak / mebi)} MiB resident at most; ${calls} honest calls, ${failed} refused, slowest ${worstMs} ms, all served again after ${Math.round(recoveredMs)} ms`,
  };
}
