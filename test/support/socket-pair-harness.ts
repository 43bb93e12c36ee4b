import { rpcClient } from "../../src/client/rpc-client.js";
import { rpcServer } from "../../src/server/rpc-server.js";
import type { PairHarness, PairOptions } from "../contracts/pair/harness.js";
import { engineNodes, type EngineNode, type PairParts } from "./pair-harness.js";
import { virtualWorld, type VirtualWorld } from "./virtual-environment.js";

/** Turns of the event loop in which bytes on their way between two sockets of this process arrive. */
const turns = 60;
/** Virtual milliseconds that pass at once, between two looks at the sockets. */
const stepMs = 25;
/** The same where much is left. */
const longStepMs = 250;
/** Looks at what should become true. */
const rounds = 400;

async function arrive(): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1)
    await new Promise<void>((resolve) => setImmediate(resolve));
}

async function elapse({ clock }: VirtualWorld, ms: number): Promise<void> {
  await arrive();
  for (let left = ms; left > 0;) {
    // What is far from its end may pass faster.
    const step = Math.min(left, left > 1_000 ? longStepMs : stepMs);
    await clock.advance(step);
    left -= step;
    await arrive();
  }
}

async function eventually(world: VirtualWorld, check: () => void | Promise<void>): Promise<void> {
  for (let round = 0; ; round += 1) {
    await arrive();
    try {
      await check();
      return;
    } catch (error) {
      if (round === rounds) throw error;
    }
    await world.clock.advance(stepMs);
  }
}

/** A harness whose processes reach each other over real sockets, by a clock that moves when told to. */
export async function socketPairHarness({
  transport,
  client = rpcClient,
  server = rpcServer,
}: PairParts): Promise<PairHarness & AsyncDisposable> {
  const world = virtualWorld();
  const make = engineNodes(world, {
    transport,
    client,
    server: (options) => server({ ...options, address: "127.0.0.1:0" }),
  });
  const nodes: EngineNode[] = [];
  const peer = async (options?: PairOptions): Promise<EngineNode> => {
    const made = await make(options);
    nodes.push(made);
    return made;
  };
  let services = 0;
  const first = await peer();
  await first.broker.connect();
  return {
    ...first,
    peer,
    service: () => `service-${(services += 1)}`,
    deadAddress: "127.0.0.1:1",
    logs: () => world.logs,
    elapse: (ms) => elapse(world, ms),
    eventually: (check) => eventually(world, check),
    [Symbol.asyncDispose]: async () => {
      let running = nodes.length;
      for (const each of nodes)
        void each
          .end()
          .catch(() => undefined)
          .finally(() => (running -= 1));
      await eventually(world, async () => {
        if (running > 0) await world.clock.advance(1_000);
        if (running > 0) throw new Error(`${running} processes do not end`);
      });
    },
  };
}
