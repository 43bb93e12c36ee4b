import type { CallOptions } from "../../../src/index.js";
import { brokenCall, brokenOptions, type PairMutant } from "../pair/mutant.js";

const once = "headers and trailers are told once, before the reply";
const again = "an attempt that is made again is not heard of";
const listener = "a listener that throws does no harm to the call";

/** Changes how a caller's listeners are called. */
const listening = (
  change: (listener: NonNullable<CallOptions["onHeaders"]>) => CallOptions["onHeaders"],
) =>
  brokenOptions(({ onHeaders, onTrailers, ...options }) => ({
    ...options,
    ...(onHeaders && { onHeaders: change(onHeaders)! }),
    ...(onTrailers && { onTrailers: change(onTrailers)! }),
  }));

/** Breaks of what callers hear. */
export const metadataMutants: readonly PairMutant[] = [
  {
    name: "tells everything twice",
    kills: once,
    broken: listening((tell) => (metadata) => {
      tell(metadata);
      tell(metadata);
    }),
  },
  {
    name: "tells when the reply is there",
    kills: once,
    broken: brokenCall(async (call, { onHeaders, onTrailers, ...options }) => {
      const later: (() => void)[] = [];
      const reply = await call({
        ...options,
        onHeaders: (metadata) => void later.push(() => onHeaders?.(metadata)),
        onTrailers: (metadata) => void later.push(() => onTrailers?.(metadata)),
      });
      void Promise.resolve()
        .then(() => undefined)
        .then(() => undefined)
        .then(() => later.forEach((tell) => tell()));
      return reply;
    }),
  },
  {
    name: "tells nothing",
    kills: once,
    broken: brokenOptions(({ onHeaders: _, onTrailers: __, ...options }) => options),
  },
  {
    name: "tells of every attempt",
    kills: again,
    broken: brokenCall(async (call, options) => {
      try {
        return await call({ ...options, retries: 0 });
      } catch {
        return await call(options);
      }
    }),
  },
  {
    name: "lets the listener's error be the call's",
    kills: listener,
    broken: brokenCall(async (call, { onHeaders, ...options }) => {
      let failed: unknown;
      const reply = await call({
        ...options,
        onHeaders: (metadata) => {
          try {
            onHeaders?.(metadata);
          } catch (error) {
            failed = error;
          }
        },
      });
      if (failed) throw failed as Error;
      return reply;
    }),
  },
  {
    name: "says nothing of a listener that throws",
    kills: listener,
    broken: listening((tell) => (metadata) => {
      try {
        tell(metadata);
      } catch {
        // swallowed
      }
    }),
  },
];
