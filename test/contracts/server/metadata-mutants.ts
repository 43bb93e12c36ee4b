import type { Context } from "../../../src/index.js";
import { newMetadata } from "../../../src/spi.js";
import { brokenHandling, type PairMutant } from "../pair/mutant.js";

const reach = "a handler's headers and trailers reach the caller";
const script = "what a handler says may be of any script, and bytes";
const failing = "a handler that fails is heard as well";
const order = "a stream says its headers before its replies, its trailers after";

/** What a handler says comes to nothing. */
const deaf = { replyHeaders: newMetadata(), replyTrailers: newMetadata() };

/** Gives handlers another context to speak to. */
const speaking = (change: (real: Context) => Partial<Context>) =>
  brokenHandling((handle, request, real) =>
    handle(request, {
      replyHeaders: real.replyHeaders,
      replyTrailers: real.replyTrailers,
      ...change(real),
    } as Context),
  );

/** Does something to what a handler has said, once it has ended. */
const afterwards = (change: (real: Context, failed: boolean) => void) =>
  brokenHandling(async (handle, request, real) => {
    try {
      const reply = await handle(request, real);
      change(real, false);
      return reply;
    } catch (error) {
      change(real, true);
      throw error;
    }
  });

const clear = (metadata: Record<string, string>): void => {
  for (const name of Object.keys(metadata)) Reflect.deleteProperty(metadata, name);
};

/** Breaks of what handlers say beside their replies. */
export const metadataMutants: readonly PairMutant[] = [
  {
    name: "keeps a handler's headers to itself",
    kills: reach,
    broken: speaking(() => ({ replyHeaders: newMetadata() })),
  },
  {
    name: "keeps a handler's trailers to itself",
    kills: reach,
    broken: speaking(() => ({ replyTrailers: newMetadata() })),
  },
  {
    name: "sends all of it at the end",
    kills: reach,
    broken: speaking(({ replyTrailers }) => ({ replyHeaders: replyTrailers })),
  },
  {
    name: "writes it in ASCII",
    kills: script,
    broken: afterwards(({ replyHeaders }) => {
      for (const [name, text] of Object.entries(replyHeaders))
        replyHeaders[name] = text.replace(/[^ -~]/g, "?");
    }),
  },
  {
    name: "forgets the headers of a failure",
    kills: failing,
    broken: afterwards(({ replyHeaders }, failed) => {
      if (failed) clear(replyHeaders);
    }),
  },
  {
    name: "forgets the trailers of a failure",
    kills: failing,
    broken: afterwards(({ replyTrailers }, failed) => {
      if (failed) clear(replyTrailers);
    }),
  },
  {
    name: "lets the protocol's names take the place of a handler's",
    kills: "names of the protocol are not a handler's to set",
    broken: afterwards(({ replyHeaders }) => {
      if (replyHeaders["content-type"]) clear(replyHeaders);
    }),
  },
  {
    name: "drops what cannot travel and says nothing",
    kills: "a name that cannot travel is the handler's fault",
    broken: afterwards(({ replyHeaders }) => {
      delete replyHeaders["a name"];
    }),
  },
  {
    name: "sends headers when everything is over",
    kills: order,
    broken: speaking(({ replyTrailers }) => ({ replyHeaders: replyTrailers })),
  },
  {
    name: "says nothing beside streams",
    kills: "every shape of call has headers and trailers",
    broken: brokenHandling((handle, request) => handle(request, { ...deaf } as Context)),
  },
];
