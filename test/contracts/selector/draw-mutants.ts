import { InternalServerError, RpcError, type SelectNext, type Selector } from "../../../src/spi.js";
import { redraw, without, withNext, withOptions, wrap, type SelectorMutant } from "./mutant.js";

/** Answers an error of one reason with what `instead` makes of it. */
const answering =
  (reason: string, instead: (error: RpcError) => never) =>
  (selector: Selector): Selector => {
    const refuse = (error: unknown): never => {
      if (error instanceof RpcError && error.reason === reason) return instead(error);
      throw error;
    };
    const guarded =
      (next: SelectNext): SelectNext =>
      (exclude) => {
        try {
          return next(exclude);
        } catch (error) {
          return refuse(error);
        }
      };
    return wrap(selector, {
      select: (service, options) => {
        try {
          const next = selector.select(service, options);
          return next instanceof Promise ? next.then(guarded, refuse) : guarded(next);
        } catch (error) {
          return refuse(error);
        }
      },
    });
  };

const silentlyDrawn = "versions without the endpoint are not drawn, silent ones are";

/** Breaks of drawing. */
export const drawMutants: readonly SelectorMutant[] = [
  {
    name: "draws the same node for ever",
    kills: "each node is drawn, with the record that it came from",
    mutate: withNext((next) => {
      const first = next();
      return () => first;
    }),
  },
  {
    name: "hands out a record of its own",
    kills: "each node is drawn, with the record that it came from",
    mutate: withNext((next) => (exclude) => {
      const drawn = next(exclude);
      return { ...drawn, service: { ...drawn.service, version: "latest" } };
    }),
  },
  {
    name: "never looks again",
    kills: "a node that comes is drawn, one that goes is not",
    mutate: (selector) => {
      const known = new Map<string, ReturnType<Selector["select"]>>();
      return wrap(selector, {
        select: (service, options) => {
          if (options !== undefined) return selector.select(service, options);
          const first = new Map<string, ReturnType<SelectNext>>();
          const keep = (next: SelectNext): SelectNext => {
            for (let count = 0; count < 50; count++) first.set(next().node.id, next());
            const kept = [...first.values()];
            let turn = 0;
            return () => kept[turn++ % kept.length]!;
          };
          const next = known.get(service) ?? selector.select(service);
          if (known.has(service)) return next;
          const kept = next instanceof Promise ? next.then(keep) : keep(next);
          known.set(service, kept);
          return kept;
        },
      });
    },
  },
  {
    name: "always answers with a promise",
    kills: "once known, a service is selected without a promise",
    mutate: (selector) =>
      wrap(selector, { select: async (service, options) => selector.select(service, options) }),
  },
  {
    name: "does not filter by version",
    kills: "the version asked for is drawn alone",
    mutate: withOptions(without("version")),
  },
  {
    name: "does not filter by label",
    kills: "nodes with all of the labels asked for are drawn alone",
    mutate: withOptions(without("labels")),
  },
  {
    name: "is content with the first label",
    kills: "nodes with all of the labels asked for are drawn alone",
    mutate: withOptions(({ labels, ...options }) => ({
      ...options,
      ...(labels && { labels: Object.fromEntries(Object.entries(labels).slice(0, 1)) }),
    })),
  },
  {
    name: "does not filter by protocol",
    kills: "nodes that say another protocol are not drawn, silent ones are",
    mutate: withOptions(without("protocols")),
  },
  {
    name: "takes silence for another protocol",
    kills: "nodes that say another protocol are not drawn, silent ones are",
    mutate: (selector) =>
      wrap(selector, {
        select: (service, { protocols, ...options } = {}) => {
          const labels = { protocol: protocols?.[0] ?? "" };
          return selector.select(service, protocols ? { ...options, labels } : options);
        },
      }),
  },
  {
    name: "does not filter by endpoint",
    kills: silentlyDrawn,
    mutate: withOptions(without("endpoint")),
  },
  {
    name: "takes silence for no endpoints",
    kills: silentlyDrawn,
    mutate: withOptions(({ endpoint, ...options }) => ({
      ...options,
      ...(endpoint !== undefined && {
        filters: [
          (records) =>
            records.filter((record) => record.endpoints.some(({ name }) => name === endpoint)),
        ],
      }),
    })),
  },
  {
    name: "does not run filters of the caller's own",
    kills: "filters of the caller's own run last, each on what the one before left",
    mutate: withOptions(without("filters")),
  },
  {
    name: "runs filters of the caller's own before its own",
    kills: "filters of the caller's own run last, each on what the one before left",
    mutate: withOptions(({ filters, labels, ...options }) => ({
      ...options,
      filters: [
        ...(filters ?? []),
        (records) =>
          records.map((record) => ({
            ...record,
            nodes: record.nodes.filter(({ metadata }) =>
              Object.entries(labels ?? {}).every(([name, value]) => metadata[name] === value),
            ),
          })),
      ],
    })),
  },
  {
    name: "does not exclude",
    kills: "excluded nodes are avoided while another is left",
    mutate: withNext((next) => () => next()),
  },
  {
    name: "excludes one node at most",
    kills: "excluded nodes are avoided while another is left",
    mutate: withNext((next) => (exclude) => next(new Set([...(exclude ?? [])].slice(0, 1)))),
  },
  {
    name: "would rather fail than draw an excluded node",
    kills: "when every node is excluded one is drawn all the same",
    mutate: withNext((next) => (exclude) => {
      const drawn = redraw(
        () => next(exclude),
        ({ node }) => !exclude?.has(node.id),
      );
      if (exclude?.has(drawn.node.id)) throw new InternalServerError("all excluded");
      return drawn;
    }),
  },
  {
    name: "has no reason when nobody serves the name",
    kills: "a service of which nobody heard is NotFound, safe to try again",
    mutate: answering("selector.not-found", ({ message }) => {
      throw new InternalServerError(message);
    }),
  },
  {
    name: "does not say that trying again is safe",
    kills: "a service of which nobody heard is NotFound, safe to try again",
    mutate: answering("selector.not-found", ({ code, message }) => {
      throw new RpcError(code, message, { reason: "selector.not-found" });
    }),
  },
  {
    name: "does not name the filter",
    kills: "filters that leave nothing are Unavailable, and named",
    mutate: answering("selector.empty", ({ code }) => {
      throw new RpcError(code, "greeter: nothing left", { reason: "selector.empty" });
    }),
  },
  {
    name: "does not filter when that would leave nothing",
    kills: "filters that leave nothing are Unavailable, and named",
    mutate: (selector) => {
      const lenient =
        (next: SelectNext, all: SelectNext): SelectNext =>
        (exclude) => {
          try {
            return next(exclude);
          } catch {
            return all(exclude);
          }
        };
      return wrap(selector, {
        select: async (service, options) =>
          lenient(await selector.select(service, options), await selector.select(service)),
      });
    },
  },
  {
    name: "remembers that a service had nothing",
    kills: "what does not fit one call fits the next",
    mutate: (selector) => {
      let failure: RpcError | undefined;
      return withNext((next) => (exclude) => {
        if (failure) throw failure;
        try {
          return next(exclude);
        } catch (error) {
          failure = error as RpcError;
          throw error;
        }
      })(selector);
    },
  },
];
