import { Client } from "../../../src/spi.js";
import { onBroken, withClient } from "../pair/mutant.js";
import type { ServiceBreak } from "./harness.js";
import { brokenService, eachHook, rehooked, type ServiceMutant } from "./mutant.js";

const order = "hooks run in order up, and in reverse down";
const waits = "a hook is waited for";
const onReady = "onReady comes when it can be found and called";
const onDrain = "onDrain comes when it cannot be found, and still works";
const works = "a started service calls, serves and hears";

/** A service whose client does not do as it is told. */
const onBrokenClient = (parts: Partial<Client>): ServiceBreak => ({
  service: onBroken(Client, (client) => withClient(client, parts)),
});

const unwatched = (hook: (() => unknown) | undefined) => (): void => {
  Promise.resolve(hook?.()).catch(() => undefined);
};

/** Breaks of when hooks run. */
export const hookMutants: readonly ServiceMutant[] = [
  {
    name: "runs its hooks backwards",
    kills: order,
    broken: rehooked((hooks) => [...hooks].reverse()),
  },
  {
    name: "runs the first hooks only",
    kills: order,
    broken: rehooked((hooks) => hooks.slice(0, 1)),
  },
  {
    name: "goes down as it came up",
    kills: order,
    broken: rehooked((hooks) => {
      const down = [...hooks].reverse();
      return hooks.map((each, index) => ({
        ...each,
        onDrain: () => down[index]?.onDrain?.(),
        onStop: () => down[index]?.onStop?.(),
      }));
    }),
  },
  ...(["onStart", "onReady", "onDrain", "onStop"] as const).map((turn): ServiceMutant => ({
    name: `does not wait for ${turn}`,
    kills: waits,
    broken: eachHook((hooks) => ({ ...hooks, [turn]: unwatched(hooks[turn]) })),
  })),
  {
    name: "starts first and asks later",
    kills: "onStart comes before anything listens",
    broken: eachHook((hooks) => ({
      ...hooks,
      onStart: () => undefined,
      onReady: async () => {
        await hooks.onStart?.();
        await hooks.onReady?.();
      },
    })),
  },
  {
    name: "is ready before it has started",
    kills: onReady,
    broken: eachHook((hooks) => ({
      ...hooks,
      onReady: () => undefined,
      onStart: async () => {
        await hooks.onStart?.();
        await hooks.onReady?.();
      },
    })),
  },
  {
    name: "drains before it has left the registry",
    kills: onDrain,
    broken: rehooked(
      (hooks) => hooks.map((each) => ({ ...each, onDrain: () => undefined })),
      (service, hooks) => ({
        stop: async () => {
          for (const each of hooks) await each.onDrain?.();
          return service.stop();
        },
      }),
    ),
  },
  {
    name: "drains when all is over",
    kills: onDrain,
    broken: eachHook((hooks) => ({
      ...hooks,
      onDrain: () => undefined,
      onStop: async () => {
        await hooks.onDrain?.();
        await hooks.onStop?.();
      },
    })),
  },
  {
    name: "says stop before it has stopped",
    kills: "onStop comes when nothing runs any more",
    broken: eachHook((hooks) => ({
      ...hooks,
      onStop: () => undefined,
      onDrain: async () => {
        await hooks.onDrain?.();
        await hooks.onStop?.();
      },
    })),
  },
  {
    name: "does nothing at its start",
    kills: works,
    broken: brokenService(() => ({ start: async () => undefined })),
  },
  {
    name: "leaves its client open",
    kills: works,
    broken: onBrokenClient({ close: async () => undefined }),
  },
];
