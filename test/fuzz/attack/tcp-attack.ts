import type { Door, ServerProtocol } from "../protocols/server-protocol.js";
import type { AttackReport } from "./attack-report.js";
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
}

/** Sends all inputs. Resolves when every one was dealt with, or the server is gone. */
export async function tcpAttack({
  lanes: count,
  ...options
}: TcpAttackOptions): Promise<AttackReport> {
  const counts: LaneCounts = { connections: 0, answered: 0, closed: 0, left: 0 };
  const parts: LaneParts = { ...options, counts, patience: new Patience() };
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
