import { Unavailable, type Server } from "../../../src/spi.js";
import { brokenServer, onRegistry, type PairMutant } from "../pair/mutant.js";

const finish = "stop lets the work in hand finish";
const cutOff = "work over the time is cut off, told and counted";
const twice = "stop can be called twice";

const hasty = brokenServer((server) => ({ stop: () => server.stop({ timeoutMs: 0 }) }));

const patient = brokenServer((server) => ({ stop: () => server.stop({ timeoutMs: 600_000 }) }));

/** Stops once its handlers have nothing in hand; until then it does with new calls as it likes. */
const slow = (meanwhile: () => void) =>
  brokenServer((server): Partial<Server> => {
    let draining = false;
    let running = 0;
    let idle = (): void => undefined;
    return {
      newHandler: (definition) => {
        const handle = definition.handle as (...args: unknown[]) => unknown;
        return server.newHandler({
          ...definition,
          handle: async (...args: unknown[]) => {
            if (draining) meanwhile();
            running += 1;
            try {
              return await handle(...args);
            } finally {
              running -= 1;
              if (running === 0) idle();
            }
          },
        });
      },
      stop: async (options) => {
        draining = true;
        await server.deregister();
        if (running > 0) await new Promise<void>((resolve) => (idle = resolve));
        return server.stop(options);
      },
    };
  });

/** Breaks of the end. */
export const lifecycleMutants: readonly PairMutant[] = [
  { name: "stops without waiting", kills: finish, broken: hasty },
  {
    name: "drains in the registry",
    kills: finish,
    broken: onRegistry(() => ({ deregister: async () => undefined })),
  },
  {
    name: "reports work that was finished as cut off",
    kills: finish,
    broken: brokenServer((server) => ({
      stop: async (options) => ({ cut: (await server.stop(options)).cut + 1 }),
    })),
  },
  {
    name: "takes new work while it drains",
    kills: "while it drains new work is refused, safe to retry",
    broken: slow(() => undefined),
  },
  {
    name: "refuses while it drains, and does not say that it is safe",
    kills: "while it drains new work is refused, safe to retry",
    broken: slow(() => {
      throw new Unavailable("closing time");
    }),
  },
  { name: "waits as long as it takes", kills: cutOff, broken: patient },
  {
    name: "reports nothing",
    kills: cutOff,
    broken: brokenServer((server) => ({
      stop: async (options) => {
        await server.stop(options);
        return { cut: 0 };
      },
    })),
  },
  { name: "leaves events in hand", kills: "events in hand are finished, too", broken: hasty },
  {
    name: "goes on",
    kills: "after a stop nobody answers",
    broken: brokenServer(() => ({ stop: async () => ({ cut: 0 }) })),
  },
  {
    name: "stops once",
    kills: twice,
    broken: brokenServer((server) => {
      let stopped = false;
      return {
        stop: async (options) => {
          if (stopped) throw new Unavailable("stopped already");
          stopped = true;
          return server.stop(options);
        },
      };
    }),
  },
  {
    name: "forgets its report",
    kills: twice,
    broken: brokenServer((server) => {
      let report = server.stop;
      return {
        stop: (options) => {
          const stopping = report.call(server, options);
          report = async () => ({ cut: 0 });
          return stopping;
        },
      };
    }),
  },
  {
    name: "stops only what it has started",
    kills: "a server that never started stops",
    broken: brokenServer((server) => ({
      stop: async (options) => {
        if (!server.address) throw new Unavailable("not started");
        return server.stop(options);
      },
    })),
  },
];
