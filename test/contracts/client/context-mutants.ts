import type { Interceptor } from "../../../src/index.js";
import { brokenClient, brokenOptions, type PairMutant } from "../pair/mutant.js";

/** Makes every call as if no call were being served. */
const forgetful = brokenClient((client, { outside }) => ({
  call: (request, options) => outside(() => client.call(request, options)),
  stream: (request, options) => outside(() => client.stream(request, options)),
}));

/** Sends on whatever came in under these names. */
const leaking = (...names: string[]) =>
  brokenOptions((options, context) => {
    const leaked = names.flatMap((name) => {
      const value = context?.metadata[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return { ...options, metadata: { ...Object.fromEntries(leaked), ...options.metadata } };
  });

/** Changes what a call says beside its request. */
const withMetadata = (change: (metadata: Record<string, string>) => Record<string, string>) =>
  brokenOptions(({ metadata = {}, ...options }) => ({
    ...options,
    metadata: change({ ...metadata }),
  }));

/** Breaks of what travels beside the request. */
export const contextMutants: readonly PairMutant[] = [
  {
    name: "sends no metadata",
    kills: "metadata reaches the handler, names in lower case",
    broken: brokenOptions(({ metadata: _, ...options }) => options),
  },
  {
    name: "keeps credentials back",
    kills: "metadata reaches the handler, names in lower case",
    broken: withMetadata(({ authorization: _, ...metadata }) => metadata),
  },
  {
    name: "writes metadata in ASCII",
    kills: "metadata may be written in any script",
    broken: withMetadata((metadata) =>
      Object.fromEntries(
        Object.entries(metadata).map(([name, text]) => [name, text.replace(/[^ -~]/g, "?")]),
      ),
    ),
  },
  {
    name: "gives nested calls a deadline of their own",
    kills: "a nested call gets what is left of the deadline",
    broken: forgetful,
  },
  {
    name: "lets nested calls run on",
    kills: "a nested call ends with the call around it",
    broken: forgetful,
  },
  {
    name: "forgets what came with the call around it",
    kills: "metadata travels on with nested calls, theirs wins",
    broken: forgetful,
  },
  {
    name: "prefers what came to what is said",
    kills: "metadata travels on with nested calls, theirs wins",
    broken: brokenOptions((options, context) => ({
      ...options,
      metadata: {
        ...options.metadata,
        ...(context && { "x-step": context.metadata["x-step"] ?? "" }),
      },
    })),
  },
  {
    name: "passes tokens on",
    kills: "credentials stay with the call they came with",
    broken: leaking("authorization"),
  },
  {
    name: "passes cookies on",
    kills: "credentials stay with the call they came with",
    broken: leaking("cookie"),
  },
  {
    name: "passes names of the protocol on",
    kills: "names of the protocol stay with the call they came with",
    broken: leaking("micro-made-up"),
  },
  {
    name: "passes old names of the protocol on",
    kills: "names of the protocol stay with the call they came with",
    broken: leaking("x-micro-made-up"),
  },
  {
    name: "does not say who calls",
    kills: "a call says which service it comes from",
    broken: withMetadata((metadata) => ({ "micro-from-service": "", ...metadata })),
  },
  {
    name: "says who calls, whatever it was told",
    kills: "a call says which service it comes from",
    broken: withMetadata((metadata) => ({ ...metadata, "micro-from-service": "me" })),
  },
  {
    name: "wraps its layers the other way round",
    kills: "the client layer listed first is the outermost",
    broken: {
      options: ({ clientInterceptors = [], ...options }) => ({
        ...options,
        clientInterceptors: [...clientInterceptors].reverse(),
      }),
    },
  },
  {
    name: "leaves its layers waiting for what was cut short",
    kills: "layers around a call hear that it was cut short",
    broken: {
      options: ({ clientInterceptors = [], ...options }) => ({
        ...options,
        clientInterceptors: clientInterceptors.map(
          (layer): Interceptor =>
            (next, environment) =>
              layer(
                (call) =>
                  next(call).catch((error: unknown) => {
                    if (call.context.signal.aborted) return new Promise(() => undefined);
                    throw error;
                  }),
                environment,
              ),
        ),
      }),
    },
  },
];
