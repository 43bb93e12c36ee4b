import type { Environment } from "../base/environment.js";
import { NotFound, Unavailable } from "../base/errors.js";
import { requireWhole } from "../base/options.js";
import type { RegistryCache } from "../registry/registry-cache.js";
import type { ServiceRecord } from "../registry/registry.js";
import { ejectionRule, type EjectionOptions } from "./ejection.js";
import type { Selector, SelectNext, SelectOptions } from "./selector.js";
import { ServiceDraw } from "./service-draw.js";
import type { Strategy } from "./strategy.js";
import { untilAborted } from "./until-aborted.js";

export type { Choose, LearningStrategy, Strategy } from "./strategy.js";

/** How a strategy selector treats what it is told. */
export interface StrategySelectorOptions {
  /** When nodes that fail are left out for a while; false: never. Default: as {@link EjectionOptions} says. */
  readonly ejection?: boolean | EjectionOptions;
  /** Services whose state is kept at once; the oldest makes room. Default 1,000. */
  readonly maxServices?: number;
}

/**
 * A selector that draws in four steps: what the registry cache knows, the filters of the call, the
 * ejection of failing nodes, and the strategy, which is all that its author writes.
 *
 * `select` answers without a promise once the service is known, and each draw sees the nodes known
 * by then. A draw costs the strategy and a look into a table, however many nodes there are.
 */
export function strategySelector(
  name: string,
  makeStrategy: (environment: Environment) => Strategy,
  cache: RegistryCache,
  environment: Environment,
  { ejection = true, maxServices = 1_000 }: StrategySelectorOptions = {},
): Selector {
  requireWhole("strategySelector.maxServices", maxServices, 1);
  const rule =
    ejection === false
      ? undefined
      : ejectionRule(`${name} selector's ejection`, ejection === true ? {} : ejection);
  const draws = new Map<string, ServiceDraw>();
  let closed = false;

  const drawOf = (service: string): ServiceDraw => {
    let draw = draws.get(service);
    if (draw === undefined) {
      const [oldest] = draws.keys();
      if (draws.size >= maxServices && oldest !== undefined) draws.delete(oldest);
      draw = new ServiceDraw(service, cache, makeStrategy(environment), environment.clock, rule);
      draws.set(service, draw);
    }
    return draw;
  };

  const prepare = (
    service: string,
    records: readonly ServiceRecord[],
    options: SelectOptions,
    latest: boolean,
  ): SelectNext => {
    if (records.length === 0) throw notFound(service, cache.registryName);
    return drawOf(service).prepare(records, options, latest);
  };

  return {
    name,
    select(service, options = anything) {
      const prepared = draws.get(service)?.prepared(options);
      if (prepared) return prepared;
      if (closed) throw new Unavailable("the selector is closed", { reason: "selector.closed" });
      const records = cache.lookup(service);
      if (!(records instanceof Promise)) return prepare(service, records, options, true);
      return untilAborted(records, options.signal).then((found) =>
        prepare(service, found, options, false),
      );
    },
    mark: (service, node, outcome) => draws.get(service)?.mark(node, outcome),
    reset: (service) => draws.get(service)?.reset(),
    async close() {
      closed = true;
      draws.clear();
    },
  };
}

/** What is asked for without options: the same object each time, so that it is remembered. */
const anything: SelectOptions = {};

const notFound = (service: string, registry: string): NotFound =>
  new NotFound(
    `service ${service}: not found; is it running, and does it use the same registry (${registry})?`,
    { reason: "selector.not-found", retry: "safe" },
  );
