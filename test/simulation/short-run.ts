import { Book } from "./book.js";
import { Dice } from "./dice.js";
import { Fleet } from "./fleet.js";
import { Load } from "./load.js";
import { roleModules } from "./services.js";
import { Weather } from "./weather.js";
import { openCluster } from "../testing/cluster.js";

/** The trace of a short life of a small cluster, full of misfortunes. */
export async function shortRun(seed: number): Promise<string> {
  const cluster = await openCluster({ seed, trace: true });
  try {
    const book = new Book();
    const dice = new Dice(seed, "short run");
    const fleet = new Fleet(cluster, roleModules(book, {}), { ledger: 1, front: 1, billing: 0 });
    const load = new Load(cluster, book, dice);
    const weather = new Weather(cluster, fleet, dice, false);
    await fleet.start("ledger");
    if (seed % 2 === 0) await fleet.start("front");
    for (let step = 0; step < 4; step++) {
      await weather.step();
      for (let count = dice.between(0, 2); count > 0; count--) void load.call(500);
      void load.publish();
      await cluster.clock.advance(dice.between(0, 200));
    }
    weather.clear();
  } finally {
    await cluster[Symbol.asyncDispose]();
  }
  return cluster.trace;
}
