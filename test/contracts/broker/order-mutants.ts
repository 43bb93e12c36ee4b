import type { Broker } from "../../../src/spi.js";
import { withOptions, withPublishOptions, type BrokerMutant } from "./mutant.js";

/** Forgets keys, on publishing and on subscribing. */
const withoutKeys = (broker: Broker): Broker =>
  withPublishOptions(({ key: _, ...options }) => options)(
    withOptions(({ orderBy: _, ...options }) => options)(broker),
  );

/** Breaks of concurrency and order. */
export const orderMutants: readonly BrokerMutant[] = [
  {
    name: "handles one at a time",
    kills: "as many deliveries are handled at once as allowed",
    mutate: withOptions((options) => ({ ...options, concurrency: 1 })),
  },
  {
    name: "handles one too many",
    kills: "never are more deliveries handled at once than allowed",
    mutate: withOptions((options) => ({ ...options, concurrency: (options.concurrency ?? 1) + 1 })),
  },
  {
    name: "handles five at once by default",
    kills: "never are more deliveries handled at once than allowed",
    mutate: withOptions((options) => ({ concurrency: 5, ...options })),
  },
  {
    name: "keeps no order",
    kills: "messages of a key are handled one after the other, in order",
    mutate: withoutKeys,
  },
  {
    name: "has one key for all",
    kills: "different keys are handled side by side",
    mutate: withOptions((options) =>
      options.orderBy ? { ...options, orderBy: () => "all" } : options,
    ),
  },
  {
    name: "stops for one poisoned key",
    kills: "a message being retried holds back its own key and no other",
    mutate: withOptions((options) =>
      options.orderBy ? { ...options, orderBy: () => "bad" } : options,
    ),
  },
  {
    name: "keeps no order across members",
    kills: "order per key holds across members, where that is claimed",
    mutate: withoutKeys,
  },
];
