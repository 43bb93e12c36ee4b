import { silentLogger, type ServiceHooks } from "../../../src/spi.js";
import { anew, brokenService, rehooked, type ServiceMutant } from "./mutant.js";

const failedStart = "a start that fails stops what it had started";
const itsOwn = "a start that fails tells its own failure first";
const everyStep = "stop tries every step and tells all failures";
const once = "start and stop happen once";

type Turn = keyof ServiceHooks;
const turns: readonly Turn[] = ["onStart", "onReady", "onDrain", "onStop"];

/** Puts something around every hook. */
const around =
  (run: (turn: Turn, hook: () => unknown) => unknown) =>
  (hooks: ServiceHooks): ServiceHooks =>
    Object.fromEntries(turns.map((turn) => [turn, () => run(turn, () => hooks[turn]?.())]));

/** Takes a failure of a hook for the end of all hooks. */
const fragile = rehooked((hooks) => {
  let broken = false;
  return hooks.map(
    around(async (_turn, hook) => {
      if (broken) return;
      try {
        await hook();
      } catch (error) {
        broken = true;
        throw error;
      }
    }),
  );
});

/** Lets a start that fails succeed, then tells the failure. */
const negligent = anew(() => {
  let failure: { readonly error: unknown } | undefined;
  return rehooked(
    (hooks) =>
      hooks.map(
        around(async (turn, hook) => {
          try {
            await hook();
          } catch (error) {
            if (turn !== "onReady") throw error;
            failure = { error };
          }
        }),
      ),
    (service) => ({
      start: async () => {
        await service.start();
        if (failure) throw failure.error;
      },
    }),
  );
});

/** Breaks of what happens when a step fails, is repeated, or comes at a bad time. */
export const failureMutants: readonly ServiceMutant[] = [
  { name: "leaves running what had started", kills: failedStart, broken: negligent },
  {
    name: "says only that the start failed",
    kills: failedStart,
    broken: brokenService((service) => ({
      start: () =>
        service.start().catch(() => {
          throw new Error("the start failed");
        }),
    })),
  },
  { name: "skips the hooks after a failure", kills: failedStart, broken: fragile },
  {
    name: "tells the last failure of a start",
    kills: itsOwn,
    broken: anew(() => {
      let last: unknown;
      return rehooked(
        (hooks) =>
          hooks.map(
            around(async (_turn, hook) => {
              try {
                await hook();
              } catch (error) {
                last = error;
                throw error;
              }
            }),
          ),
        (service) => ({
          start: () =>
            service.start().catch(() => {
              throw last as Error;
            }),
        }),
      );
    }),
  },
  {
    name: "keeps the second failure out of the log",
    kills: itsOwn,
    broken: {
      service: (plugin) => ({
        ...plugin,
        create: (environment, ...needs) =>
          plugin.create({ ...environment, logger: silentLogger }, ...needs),
      }),
    },
  },
  { name: "stops trying at the first failure of a hook", kills: everyStep, broken: fragile },
  {
    name: "tells the first failure of a stop",
    kills: everyStep,
    broken: brokenService((service) => ({
      stop: () =>
        service.stop().catch((error: unknown) => {
          throw (error as AggregateError).errors[0] as Error;
        }),
    })),
  },
  {
    name: "keeps the failures of a stop to itself",
    kills: everyStep,
    broken: brokenService((service) => ({ stop: () => service.stop().catch(() => ({ cut: 0 })) })),
  },
  {
    name: "goes no further down than a hook that fails",
    kills: everyStep,
    broken: rehooked(
      (hooks) => hooks,
      (service, hooks) => ({
        stop: async () => {
          const failures: unknown[] = [];
          for (const each of hooks)
            await Promise.resolve()
              .then(() => each.onDrain?.())
              .catch((error: unknown) => failures.push(error));
          if (failures.length > 0) throw new AggregateError(failures);
          return service.stop();
        },
      }),
    ),
  },
  {
    name: "reports nothing",
    kills: "stop reports what it cut off",
    broken: brokenService((service) => ({
      stop: async () => {
        await service.stop();
        return { cut: 0 };
      },
    })),
  },
  {
    name: "starts each time that it is told",
    kills: once,
    broken: rehooked(
      (hooks) => hooks,
      (service, hooks) => {
        let started = false;
        return {
          start: async () => {
            if (started) for (const each of hooks) await each.onStart?.();
            started = true;
            await service.start();
          },
        };
      },
    ),
  },
  {
    name: "stops once",
    kills: once,
    broken: brokenService((service) => {
      let stopped = false;
      return {
        stop: async () => {
          if (stopped) throw new Error("stopped already");
          stopped = true;
          return service.stop();
        },
      };
    }),
  },
  {
    name: "takes a start after the stop for done",
    kills: "what has been stopped does not start",
    broken: brokenService((service) => ({ start: () => service.start().catch(() => undefined) })),
  },
  {
    name: "stops only what is running",
    kills: "a stop during the start leaves nothing running",
    broken: brokenService((service) => {
      let starting = false;
      return {
        start: async () => {
          starting = true;
          await service.start();
          starting = false;
        },
        stop: async () => (starting ? { cut: 0 } : service.stop()),
      };
    }),
  },
];
