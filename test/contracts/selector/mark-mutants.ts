import type { Selector, SelectNext, ServiceNode } from "../../../src/spi.js";
import { redraw, withNext, wrap, type SelectorMutant } from "./mutant.js";
import { lost } from "./samples.js";

/** Never draws a node again once `condemned` says so. */
const holdingGrudges =
  (condemned: (failures: ReadonlyMap<string, number>, id: string) => boolean) =>
  (selector: Selector): Selector => {
    const failures = new Map<string, number>();
    const avoiding = withNext(
      (next) => (exclude) =>
        redraw(
          () => next(exclude),
          ({ node }) => !condemned(failures, node.id),
        ),
    );
    return wrap(avoiding(selector), {
      mark: (service, node, outcome) => {
        if (outcome.error !== undefined) failures.set(node.id, (failures.get(node.id) ?? 0) + 1);
        selector.mark(service, node, outcome);
      },
    });
  };

/** Breaks of learning from failures. */
export const markMutants: readonly SelectorMutant[] = [
  {
    name: "learns nothing",
    kills: "a node whose connection failed is avoided",
    mutate: (selector) => wrap(selector, { mark: () => undefined }),
  },
  {
    name: "fixes the nodes of a selection when it is made",
    kills: "a selection made before sees it too",
    mutate: withNext((next) => {
      const kept = Array.from({ length: 200 }, () => next());
      let turn = 0;
      return (exclude) => (exclude ? next(exclude) : kept[turn++ % kept.length]!);
    }),
  },
  {
    name: "condemns after one error",
    kills: "a node that keeps failing is avoided, one that failed once is not",
    mutate: holdingGrudges((failures, id) => (failures.get(id) ?? 0) > 0),
  },
  {
    name: "looks at connections alone",
    kills: "a node that keeps failing is avoided, one that failed once is not",
    mutate: (selector) =>
      wrap(selector, {
        mark: (service, node, outcome) => {
          if (outcome.error === lost) selector.mark(service, node, outcome);
        },
      }),
  },
  {
    name: "takes every error for the node's",
    kills: "mistakes of the caller and cancelled calls count against no node",
    mutate: holdingGrudges((failures, id) => (failures.get(id) ?? 0) > 10),
  },
  {
    name: "never forgives",
    kills: "a node that recovered is drawn again",
    mutate: holdingGrudges((failures, id) => (failures.get(id) ?? 0) > 0),
  },
  {
    name: "does not hear of success",
    kills: "a node that recovered is drawn again",
    mutate: (selector) =>
      wrap(selector, {
        mark: (service, node, outcome) => {
          if (outcome.error !== undefined) selector.mark(service, node, outcome);
        },
      }),
  },
  {
    name: "keeps to one node when all fail",
    kills: "while every node fails, nodes are drawn",
    mutate: (selector) => {
      const failed = new Set<string>();
      return wrap(
        withNext((next) => (exclude) => {
          const drawn = next(exclude);
          return failed.size < 3
            ? drawn
            : redraw(
                () => next(exclude),
                ({ node }) => node.id === [...failed].at(-1),
              );
        })(selector),
        {
          mark: (service, node, outcome) => {
            failed.add(node.id);
            selector.mark(service, node, outcome);
          },
        },
      );
    },
  },
  {
    name: "would rather fail than draw a failing node",
    kills: "the only node that a filter leaves is drawn, failing or not",
    mutate: (selector) => {
      const failed = new Set<string>();
      const strict = withNext((next: SelectNext) => (exclude) => {
        const drawn = next(exclude);
        if (failed.has(drawn.node.id)) throw lost;
        return drawn;
      });
      return wrap(strict(selector), {
        mark: (service, node, outcome) => {
          failed.add(node.id);
          selector.mark(service, node, outcome);
        },
      });
    },
  },
  {
    name: "cannot be reset",
    kills: "reset forgets what was marked",
    mutate: (selector) => wrap(selector, { reset: () => undefined }),
  },
  {
    name: "marks nodes in every service",
    kills: "marks of one service do not touch another",
    mutate: (selector) =>
      wrap(selector, {
        mark: (_service, node: ServiceNode, outcome) => {
          for (const name of ["greeter", "other"]) selector.mark(name, node, outcome);
        },
      }),
  },
];
