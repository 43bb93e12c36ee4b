import { connect } from "node:net";
import type { Door, ServerProtocol } from "../protocols/server-protocol.js";
import type { AttackReport } from "./attack-report.js";
import type { AttackSocket } from "./attack-socket.js";
import type { Inputs } from "./inputs.js";
import { Lane, type LaneCounts, type LaneParts } from "./lane.js";
import { Patience } from "./patience.js";

/** How an attack over TCP is made. */
export interface TcpAttackOptions {
  readonly protocol: ServerProtocol;
  readonly door: Door;
  readonly seed: number;
  readonly inputs: Inputs;
  /** Connections at once. */
  readonly lanes: number;
  /** Makes the connection of an input. Default: over TCP. */
  readonly connect?: (index: number) => AttackSocket;
}

/** Addresses that connections come from, in turn, so that ports do not run out. */
const hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"];

const overTcp =
  ({ port }: Door) =>
  (index: number): AttackSocket =>
    connect({
      port,
      host: "127.0.0.1",
      localAddress: hosts[index % hosts.length]!,
      noDelay: true,
      allowHalfOpen: true,
    });

/** Sends all inputs. Resolves when every one was dealt with, or the server is gone. */
export async function tcpAttack({
  lanes: count,
  ...options
}: TcpAttackOptions): Promise<AttackReport> {
  const counts: LaneCounts = { connections: 0, answered: 0, closed: 0, left: 0 };
  const connect = options.connect ?? overTcp(options.door);
  const parts: LaneParts = { ...options, connect, counts, patience: new Patience() };
  const lanes: Lane[] = [];
  const timer = setInterval(() => {
    const now = performance.now();
    for (const lane of lanes) lane.look(now);
  }, 5);
  await Promise.all(
    Array.from(
      { length: Math.min(count, options.inputs.count) },
      () =>
        new Promise<void>((resolve) => {
          const lane = new Lane(parts, resolve);
          lanes.push(lane);
          lane.fill();
        }),
    ),
  );
  clearInterval(timer);
  return { inputs: options.inputs.done, ...counts, lost: 0 };
}
