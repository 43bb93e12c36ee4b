import {
  BadRequest,
  Canceled,
  NotFound,
  RpcError,
  Timeout,
  Unavailable,
} from "../../../src/spi.js";
import {
  brokenCall,
  brokenClient,
  brokenOptions,
  type PairMutant,
  type Tools,
} from "../pair/mutant.js";

const everLong = 3_600_000;

/** Gives up by itself after `ms`, and leaves the call running. */
const deserted = <T>(call: Promise<T>, ms: number, { environment }: Tools): Promise<T> =>
  Promise.race([
    call,
    new Promise<never>((_resolve, reject) => {
      environment.timers.after(ms, () => reject(new Timeout("too late")));
    }),
  ]);

/** Gives up when the signal aborts, and leaves the call running. */
const abandoned = <T>(call: Promise<T>, signal: AbortSignal | undefined): Promise<T> =>
  Promise.race([
    call,
    new Promise<never>((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new Canceled("enough")));
    }),
  ]);

const withError = (change: (error: RpcError) => unknown) =>
  brokenCall((call) =>
    call().catch((error: unknown) => {
      throw change(error as RpcError) as Error;
    }),
  );

const anError = "an error arrives as its class, with all that it says";
const unknownService = "a service that nobody serves is NotFound, safe to retry";

/** Breaks of unary calls. */
export const callMutants: readonly PairMutant[] = [
  {
    name: "cuts texts to ASCII",
    kills: "a unary call brings the handler's reply",
    broken: brokenCall(async (call) => {
      const text = JSON.stringify(await call());
      return JSON.parse(text.replace(/[^ -~]/g, "?")) as unknown;
    }),
  },
  {
    name: "gives the first reply to whoever asks",
    kills: "calls made side by side get each its own reply",
    broken: brokenClient((client) => {
      let first: Promise<unknown> | undefined;
      return { call: (request, options) => (first ??= client.call(request, options)) };
    }),
  },
  {
    name: "has one class for all errors",
    kills: anError,
    broken: withError(({ code, detail, id, reason = "", data = {}, retry = "never" }) => {
      return new RpcError(code, detail, { id, reason, data, retry });
    }),
  },
  ...(["id", "reason", "data", "retry", "detail"] as const).map((part): PairMutant => ({
    name: `loses an error's ${part}`,
    kills: anError,
    broken: withError((error) => Object.create(error, { [part]: { value: "" } }) as RpcError),
  })),
  {
    name: "does not name the service that failed",
    kills: "an error that names nobody names the service",
    broken: withError((error) => Object.create(error, { id: { value: "" } }) as RpcError),
  },
  {
    name: "looks for advertised endpoints only",
    kills: "an endpoint that nobody has is a 404 that names it",
    broken: withError((error) =>
      error.code === 404 ? new Unavailable("no node has the endpoint") : error,
    ),
  },
  {
    name: "does not say what is missing",
    kills: "an endpoint that nobody has is a 404 that names it",
    broken: withError((error) => new NotFound("not found", { reason: error.reason! })),
  },
  {
    name: "takes a missing service for a bad request",
    kills: unknownService,
    broken: withError((error) => new BadRequest(error.detail, { reason: error.reason! })),
  },
  {
    name: "does not say that a missing service is safe to look for again",
    kills: unknownService,
    broken: withError((error) => Object.create(error, { retry: { value: undefined } }) as RpcError),
  },
  ...(["type", "details"] as const).map((part): PairMutant => ({
    name: `loses the ${part} of an error`,
    kills: "an error keeps its own type and its details",
    broken: withError(
      (error) => Object.create(error, { [part]: { value: undefined } }) as RpcError,
    ),
  })),
  {
    name: "has no deadline",
    kills: "a call past its deadline is a Timeout",
    broken: brokenOptions((options) => ({ ...options, timeoutMs: everLong })),
  },
  {
    name: "calls a deadline a failure",
    kills: "a call past its deadline is a Timeout",
    broken: withError((error) => new Unavailable(error.detail)),
  },
  {
    name: "hurries",
    kills: "a call past its deadline is a Timeout",
    broken: brokenOptions(({ timeoutMs = 5_000, ...options }) => ({
      ...options,
      timeoutMs: timeoutMs / 10,
    })),
  },
  {
    name: "waits without a limit",
    kills: "without a limit of its own a call gets 5 seconds",
    broken: brokenOptions((options) => ({ timeoutMs: everLong, ...options })),
  },
  {
    name: "keeps the deadline to itself",
    kills: "the handler is told when the deadline passes",
    broken: brokenCall((call, { timeoutMs = 5_000, ...options }, tools) =>
      deserted(call({ ...options, timeoutMs: everLong }), timeoutMs, tools),
    ),
  },
  {
    name: "ignores signals",
    kills: "an aborted signal cancels the call, up to the handler",
    broken: brokenOptions(({ signal: _, ...options }) => options),
  },
  {
    name: "leaves a cancelled call running",
    kills: "an aborted signal cancels the call, up to the handler",
    broken: brokenCall((call, { signal, ...options }) => abandoned(call(options), signal)),
  },
  {
    name: "sends before it looks at the signal",
    kills: "a signal that has aborted sends nothing",
    broken: brokenCall(async (call, { signal, ...options }) => {
      const reply = await call(options);
      if (signal?.aborted) throw new Canceled("enough");
      return reply;
    }),
  },
];
