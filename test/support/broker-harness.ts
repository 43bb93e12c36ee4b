import type { Broker } from "../../src/broker/broker.js";
import type { BrokerHarness } from "../contracts/broker-contract.js";
import { virtualWorld, type VirtualWorld } from "./virtual-environment.js";

/** A virtual world for broker tests: how often, and by how much, `eventually` moves the clock. */
const rounds = 400;
const roundMs = 25;

/** Repeats `check` while virtual time passes, for 10 virtual seconds at most. */
export async function eventually(
  { clock }: VirtualWorld,
  check: () => void | Promise<void>,
): Promise<void> {
  for (let round = 0; ; round += 1) {
    await clock.settle();
    try {
      await check();
      return;
    } catch (error) {
      if (round === rounds) throw error;
    }
    await clock.advance(roundMs);
  }
}

/** A harness whose brokers, all from `make`, live in one virtual world. */
export async function virtualBrokerHarness(
  make: (world: VirtualWorld) => () => Broker | Promise<Broker>,
  mutate: (broker: Broker, harness: Pick<BrokerHarness, "elapse">) => Broker = (broker) => broker,
): Promise<BrokerHarness & AsyncDisposable> {
  const world = virtualWorld();
  const next = make(world);
  const made: Broker[] = [];
  let topics = 0;
  const elapse = (ms: number): Promise<void> => world.clock.advance(ms);
  const create = async (): Promise<Broker> => {
    const broker = await next();
    made.push(broker);
    return mutate(broker, { elapse });
  };
  const broker = await create();
  await broker.connect();
  return {
    broker,
    elapse,
    peer: create,
    eventually: (check) => eventually(world, check),
    topic: () => `topic.${(topics += 1)}`,
    [Symbol.asyncDispose]: async () => {
      let done = false;
      const gone = Promise.all(made.map((each) => each.disconnect())).finally(() => (done = true));
      for (let seconds = 0; seconds < 60 && !done; seconds += 1) await world.clock.advance(1_000);
      await gone;
    },
  };
}
