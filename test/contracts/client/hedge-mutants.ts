import { brokenCall, brokenOptions, type PairMutant } from "../pair/mutant.js";

/** Breaks of what is made on several nodes at a time. */
export const hedgeMutants: readonly PairMutant[] = [
  {
    name: "hedges nothing",
    kills: "a hedged call that waits is made on another node too, and the first answer counts",
    broken: brokenOptions(({ hedge: _, ...options }) => options),
  },
  {
    name: "lets the attempt that lost go on",
    kills: "the attempt of a hedged call that lost is cancelled",
    broken: brokenCall((call, { hedge, ...options }, { environment }) =>
      hedge
        ? new Promise((resolve, reject) => {
            call(options).then(resolve, reject);
            environment.timers.after(
              hedge.delayMs!,
              () => void call(options).then(resolve, reject),
            );
          })
        : call(),
    ),
  },
  {
    name: "hedges whatever it is told to",
    kills: "a call that is not idempotent is never hedged",
    broken: brokenOptions((options) =>
      options.hedge ? { ...options, idempotent: true } : options,
    ),
  },
];
