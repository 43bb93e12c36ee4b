import type { Context, Interceptor } from "../../../src/index.js";
import {
  BadRequest,
  InternalServerError,
  RpcError,
  silentLogger,
  TooManyRequests,
  Unavailable,
} from "../../../src/spi.js";
import {
  brokenCall,
  brokenHandler,
  brokenHandling,
  brokenServer,
  type PairMutant,
} from "../pair/mutant.js";

const context = "a handler gets the request and its context";
const hidden = "what nobody expected is hidden behind a number";
const ownLimit = "an endpoint over its limit refuses, safe to retry";
const serverLimit = "a server over its limit refuses, safe to retry";
const schema = "what breaks the schema does not reach the handler";
const output = "a reply that breaks its schema is the server's fault";
const layers = "the server layer listed first is the outermost";
const freedom = "a layer may answer, refuse and change the request";
const stats = "Debug.Stats counts calls and failures";

/** Hides a part of the context from handlers. */
const without = (part: keyof Context, value: unknown) =>
  brokenHandling((handle, request, real) =>
    handle(request, Object.create(real, { [part]: { value } }) as Context),
  );

/** Does something with what handlers throw. */
const withThrown = (change: (error: unknown) => unknown) =>
  brokenHandling(async (handle, request, real) => {
    try {
      return await handle(request, real);
    } catch (error) {
      throw change(error) as Error;
    }
  });

/** Limits each handler itself, and refuses as it likes. */
const limiting = (refuse: () => Error) =>
  brokenHandler(({ concurrency = Infinity, ...definition }) => {
    const handle = definition.handle as (request: unknown, real: Context) => unknown;
    let running = 0;
    return {
      ...definition,
      handle: async (request: unknown, real: Context) => {
        if (running >= concurrency) throw refuse();
        running += 1;
        try {
          return await handle(request, real);
        } finally {
          running -= 1;
        }
      },
    };
  });

/** Refuses each handler's third call and all after it. */
const worn = brokenHandler((definition) => {
  const handle = definition.handle as (request: unknown, real: Context) => unknown;
  let calls = 0;
  return {
    ...definition,
    handle: (request: unknown, real: Context) => {
      calls += 1;
      if (calls > 2) throw new TooManyRequests("worn out", { retry: "safe" });
      return handle(request, real);
    },
  };
});

/** Adds a layer to every handler, inside of all. */
const layered = (layer: Interceptor) =>
  brokenHandler((definition) => ({
    ...definition,
    interceptors: [...(definition.interceptors ?? []), layer],
  }));

/** Answers a call of this endpoint differently. */
const answering = (name: string, change: (reply: Record<string, unknown>) => unknown) =>
  brokenCall(async (call, _options, _tools, { shape }) => {
    const reply = await call();
    return shape.endpoint === name ? change(reply as Record<string, unknown>) : reply;
  });

/** Breaks of how calls are served. */
export const callMutants: readonly PairMutant[] = [
  {
    name: "loses what is nested in a request",
    kills: context,
    broken: brokenHandling((handle, request, real) =>
      handle({ ...(request as object), nested: {} }, real),
    ),
  },
  { name: "hides the metadata", kills: context, broken: without("metadata", {}) },
  { name: "hides the deadline", kills: context, broken: without("deadline", undefined) },
  { name: "hides the trace", kills: context, broken: without("traceparent", undefined) },
  { name: "counts attempts from 0", kills: context, broken: without("attempt", 0) },
  {
    name: "hides the time that is left",
    kills: context,
    broken: without("remainingMs", () => Infinity),
  },
  {
    name: "tells callers everything",
    kills: hidden,
    broken: withThrown((error) =>
      error instanceof RpcError
        ? error
        : new InternalServerError(error instanceof Error ? error.message : JSON.stringify(error)),
    ),
  },
  {
    name: "tells callers no number",
    kills: hidden,
    broken: withThrown((error) =>
      error instanceof RpcError ? error : new InternalServerError("internal error"),
    ),
  },
  {
    name: "keeps failures out of the log",
    kills: hidden,
    broken: {
      server: (plugin) => ({
        ...plugin,
        create: (environment, ...needs) =>
          plugin.create({ ...environment, logger: silentLogger }, ...needs),
      }),
    },
  },
  {
    name: "wants a reply from everybody",
    kills: "a handler may answer with nothing",
    broken: brokenHandling(async (handle, request, real) => {
      const reply = await handle(request, real);
      if (reply === undefined) throw new InternalServerError("no reply");
      return reply;
    }),
  },
  {
    name: "waits for handlers for ever",
    kills: "a handler that never settles ends at its own limit",
    broken: brokenHandler(({ timeoutMs: _, ...definition }) => definition),
  },
  {
    name: "does not tell handlers that their time is over",
    kills: "a handler that never settles ends at its own limit",
    broken: without("signal", new AbortController().signal),
  },
  {
    name: "knows no limit of an endpoint",
    kills: ownLimit,
    broken: brokenHandler(({ concurrency: _, ...definition }) => definition),
  },
  {
    name: "refuses for good",
    kills: ownLimit,
    broken: limiting(() => new TooManyRequests("too many", { retry: "never" })),
  },
  {
    name: "refuses with the wrong words",
    kills: ownLimit,
    broken: limiting(() => new Unavailable("too many", { retry: "safe" })),
  },
  { name: "never lets in again", kills: ownLimit, broken: worn },
  {
    name: "knows no limit of its own",
    kills: serverLimit,
    broken: { options: ({ maxConcurrentCalls: _, ...options }) => options },
  },
  {
    name: "counts calls and never forgets them",
    kills: serverLimit,
    broken: brokenServer((server) => {
      let calls = 0;
      return {
        newHandler: (definition) => {
          const handle = definition.handle as (request: unknown, real: Context) => unknown;
          const counted = (request: unknown, real: Context): unknown => {
            calls += 1;
            if (calls > 2) throw new Unavailable("full", { retry: "safe" });
            return handle(request, real);
          };
          return server.newHandler({ ...definition, handle: counted });
        },
      };
    }),
  },
  {
    name: "checks nothing",
    kills: schema,
    broken: brokenHandler(({ input: _, ...definition }) => definition),
  },
  {
    name: "checks and uses what it was given",
    kills: schema,
    broken: brokenHandler((definition) => {
      let given: unknown;
      const handle = definition.handle as (request: unknown, real: Context) => unknown;
      const keep: Interceptor = (next) => (call) => {
        given = call.request;
        return next(call);
      };
      return {
        ...definition,
        interceptors: [keep],
        handle: (_request: unknown, real: Context) => handle(given, real),
      };
    }),
  },
  {
    name: "does not say where the schema is broken",
    kills: schema,
    broken: layered((next) => async (call) => {
      try {
        return await next(call);
      } catch (error) {
        if (error instanceof BadRequest) throw new BadRequest("invalid", { retry: "never" });
        throw error;
      }
    }),
  },
  {
    name: "lets replies pass as they are",
    kills: output,
    broken: brokenHandler(({ output: _, ...definition }) => definition),
  },
  {
    name: "blames the caller for a bad reply",
    kills: output,
    broken: layered((next) => async (call) => {
      try {
        return await next(call);
      } catch {
        throw new BadRequest("invalid reply");
      }
    }),
  },
  {
    name: "wraps the layers of its app the other way round",
    kills: layers,
    broken: {
      options: ({ serverInterceptors = [], ...options }) => ({
        ...options,
        serverInterceptors: [...serverInterceptors].reverse(),
      }),
    },
  },
  {
    name: "wraps the layers of a handler the other way round",
    kills: layers,
    broken: brokenHandler(({ interceptors = [], ...definition }) => ({
      ...definition,
      interceptors: [...interceptors].reverse(),
    })),
  },
  {
    name: "forgets the layers that it was given to use",
    kills: layers,
    broken: brokenServer(() => ({ use: () => undefined })),
  },
  {
    name: "has no layers",
    kills: freedom,
    broken: brokenHandler(({ interceptors: _, ...definition }) => definition),
  },
  {
    name: "gives handlers what came, not what its layers made of it",
    kills: freedom,
    broken: brokenHandler((definition) => ({
      ...definition,
      interceptors: (definition.interceptors ?? []).map(
        (layer): Interceptor =>
          (next, environment) =>
          (call) =>
            layer((changed) => next({ ...changed, request: call.request }), environment)(call),
      ),
    })),
  },
  {
    name: "is not sure about its health",
    kills: "Debug.Health answers, listed or not",
    broken: answering("Debug.Health", () => ({})),
  },
  ...["requests", "errors", "uptime", "memory", "started"].map((name): PairMutant => ({
    name: `has no ${name} in its statistics`,
    kills: stats,
    broken: answering("Debug.Stats", (reply) => ({ ...reply, [name]: 0 })),
  })),
];
