import { RpcError, Unavailable, type ServiceRecord } from "../../../src/spi.js";
import { brokenCall, brokenClient, brokenOptions, type PairMutant } from "../pair/mutant.js";

const never = brokenOptions((options) => ({ ...options, retries: 0 }));

/** Makes a failed call again, once, when `when` says so. */
const again = (when: (error: RpcError) => boolean) =>
  brokenCall((call) =>
    call().catch((error: unknown) => {
      if (error instanceof RpcError && when(error)) return call();
      throw error;
    }),
  );

/** Shows each call the first node only, so that it goes there again. */
const faithful = brokenOptions((options) => {
  let only: string | undefined;
  const filter = (records: readonly ServiceRecord[]): readonly ServiceRecord[] => {
    only ??= records[0]?.nodes[0]?.id;
    return records.map((record) => ({
      ...record,
      nodes: record.nodes.filter(({ id }) => id === only),
    }));
  };
  return { ...options, select: { ...options.select, filters: [filter] } };
});

const address = "an address goes past the registry";
const safe = "a refusal that is safe is tried again, idempotent or not";
const oneMore = "one further attempt is made, unless the call says more";
const notTwice = "a call that is not idempotent never runs twice";

/** Breaks of what is made again, and where. */
export const retryMutants: readonly PairMutant[] = [
  {
    name: "makes any failed call again",
    kills: notTwice,
    broken: again(({ code }) => code >= 500),
  },
  {
    name: "holds every call for idempotent",
    kills: notTwice,
    broken: brokenOptions((options) => ({ ...options, idempotent: true })),
  },
  {
    name: "takes a node that went away for one that was never there",
    kills: "nor when its node goes away in the middle",
    broken: again(({ reason = "" }) => reason.startsWith("server.")),
  },
  {
    name: "never makes a call again",
    kills: "an idempotent call is tried again on another node",
    broken: never,
  },
  {
    name: "asks the same node again",
    kills: "an idempotent call is tried again on another node",
    broken: faithful,
  },
  { name: "takes no refusal for safe", kills: safe, broken: never },
  { name: "asks the node that refused again", kills: safe, broken: faithful },
  {
    name: "lets a lost node fail calls",
    kills: "a node that cannot be reached fails no call",
    broken: never,
  },
  {
    name: "lets a lost node fail streams",
    kills: "a node that cannot be reached fails no stream",
    broken: brokenClient((client) => ({
      stream: (request, options) => client.stream(request, { ...options, retries: 0 }),
    })),
  },
  {
    name: "knows no never",
    kills: "an error that says never is not tried again",
    broken: again(({ retry }) => retry === "never"),
  },
  {
    name: "makes a call again that can only fail again",
    kills: "an error of the request is not tried again",
    broken: again(({ code }) => code === 404),
  },
  {
    name: "goes on for as long as it fails",
    kills: oneMore,
    broken: brokenOptions((options) => ({ retries: 5, ...options })),
  },
  {
    name: "makes one further attempt, whatever it is told",
    kills: oneMore,
    broken: brokenOptions(({ retries: _, ...options }) => options),
  },
  {
    name: "takes 0 for nothing said",
    kills: "no further attempt is made with retries at 0",
    broken: brokenOptions(({ retries, ...options }) =>
      retries ? { ...options, retries } : options,
    ),
  },
  {
    name: "calls every attempt the first",
    kills: "the handler knows which attempt it serves",
    broken: brokenCall(async (call, options) => {
      try {
        return await call({ ...options, retries: 0 });
      } catch {
        return call({ ...options, retries: 0 });
      }
    }),
  },
  {
    name: "does not know that it is inside a retry",
    kills: "there is no retry inside a retry",
    broken: brokenClient((client, { outside }) => ({
      call: (request, options) => outside(() => client.call(request, options)),
    })),
  },
  {
    name: "hands a nested refusal on as safe",
    kills: "what was safe for a nested call is not for its caller's",
    broken: brokenCall((call) =>
      call().catch((error: unknown) => {
        if (!(error instanceof RpcError) || error.reason !== "selector.not-found") throw error;
        throw new Unavailable(error.detail, { reason: error.reason, retry: "safe" });
      }),
    ),
  },
  {
    name: "looks every service up",
    kills: address,
    broken: brokenOptions(({ address: _, ...options }) => options),
  },
  {
    name: "uses the first address only",
    kills: address,
    broken: brokenOptions(({ address: given, ...options }) => {
      const first = typeof given === "string" ? given : given?.[0];
      return first === undefined ? options : { ...options, address: first };
    }),
  },
];
