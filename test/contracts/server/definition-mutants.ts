import type { HandlerDefinition } from "../../../src/spi.js";
import { brokenHandler, brokenServer, type PairMutant } from "../pair/mutant.js";

const illFormed = "an endpoint that is not Type.Method is refused";
const reserved = "a name that objects are asked for is refused";
const taken = "an endpoint that a service has already is refused";
const late = "what comes after the start is refused";

/** Takes what the server would refuse for such a reason, under a name that it likes. */
const lenient = (reason: RegExp) =>
  brokenServer((server) => ({
    newHandler: (definition) => {
      try {
        return server.newHandler(definition);
      } catch (error) {
        if (!reason.test(String(error))) throw error;
        const { input: _, output: __, ...rest } = definition;
        return server.newHandler({ ...rest, endpoint: "Any.Thing" });
      }
    },
  }));

/** Refuses without a reason. */
const curt = brokenServer((server) => ({
  newHandler: (definition) => {
    try {
      return server.newHandler(definition);
    } catch {
      throw new TypeError("no");
    }
  },
  handle: (handler) => {
    try {
      server.handle(handler);
    } catch {
      throw new TypeError("no");
    }
  },
}));

const withoutService = (definition: HandlerDefinition): HandlerDefinition => ({
  ...definition,
  service: { ...definition.service, name: "all" },
});

/** Breaks of what may be served. */
export const definitionMutants: readonly PairMutant[] = [
  { name: "takes any endpoint", kills: illFormed, broken: lenient(/exactly one dot/) },
  { name: "does not say which endpoint is wrong", kills: illFormed, broken: curt },
  { name: "takes any name", kills: reserved, broken: lenient(/cannot be a handler/) },
  { name: "does not say which name is wrong", kills: reserved, broken: curt },
  {
    name: "takes any schema",
    kills: "a schema that is none is refused",
    broken: lenient(/a schema must be/),
  },
  {
    name: "keeps the first of two equal endpoints",
    kills: taken,
    broken: brokenServer((server) => ({
      handle: (handler) => {
        try {
          server.handle(handler);
        } catch {
          // the first one will do
        }
      },
    })),
  },
  { name: "does not say which endpoint is taken", kills: taken, broken: curt },
  {
    name: "sees one service only",
    kills: "two services of a process may have equal endpoints",
    broken: brokenHandler(withoutService),
  },
  {
    name: "loses what comes late",
    kills: late,
    broken: brokenServer((server) => {
      let started = false;
      return {
        handle: (handler) => {
          if (!started) server.handle(handler);
        },
        start: async () => {
          started = true;
          await server.start();
        },
      };
    }),
  },
  {
    name: "loses subscribers that come late",
    kills: late,
    broken: brokenServer((server) => {
      let started = false;
      return {
        subscribe: (subscriber) => {
          if (!started) server.subscribe(subscriber);
        },
        start: async () => {
          started = true;
          await server.start();
        },
      };
    }),
  },
];
