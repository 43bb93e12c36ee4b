import { Unavailable } from "../../../src/spi.js";
import {
  brokenClient,
  brokenOptions,
  brokenRequests,
  brokenStream,
  streamOf,
  type PairMutant,
} from "../pair/mutant.js";
import { collect } from "../pair/tools.js";

const inOrder = "a server stream arrives whole and in order";
const leaving = "leaving the loop ends the handler's generator";
const limit = "a stream has no limit unless it is given one";
const signal = "an aborted signal cancels a stream, up to the handler";
const clientStream = "a client stream is read in order and answered once";

async function* reversed(items: AsyncIterable<unknown>): AsyncGenerator {
  yield* (await collect(items)).reverse();
}

async function* withoutLast(items: AsyncIterable<unknown>): AsyncGenerator {
  yield* (await collect(items)).slice(0, -1);
}

async function* allAtOnce(items: AsyncIterable<unknown>): AsyncGenerator {
  yield* await collect(items);
}

async function* withoutEnd(items: AsyncIterable<unknown>): AsyncGenerator {
  yield* items;
  await new Promise(() => undefined);
}

async function* quiet(items: AsyncIterable<unknown>): AsyncGenerator {
  try {
    yield* items;
  } catch {
    // as if all were well
  }
}

/** Reads on whatever the reader does. */
const stubborn = brokenStream((replies) => {
  const iterator = replies[Symbol.asyncIterator]();
  return streamOf({ [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) }, () =>
    replies.close(),
  );
});

/** Breaks of streams. */
export const streamMutants: readonly PairMutant[] = [
  {
    name: "loses the order of replies",
    kills: inOrder,
    broken: brokenStream((replies) => streamOf(reversed(replies), () => replies.close())),
  },
  {
    name: "loses the last reply",
    kills: inOrder,
    broken: brokenStream((replies) => streamOf(withoutLast(replies), () => replies.close())),
  },
  {
    name: "takes an error for the end",
    kills: "an error ends a stream after what came before it",
    broken: brokenStream((replies) => streamOf(quiet(replies), () => replies.close())),
  },
  {
    name: "lets an error overtake the replies",
    kills: "an error ends a stream after what came before it",
    broken: brokenStream((replies) => streamOf(allAtOnce(replies), () => replies.close())),
  },
  {
    name: "opens streams that nobody reads",
    kills: "a stream is sent when its reading begins",
    broken: brokenStream((replies) => {
      const iterator = replies[Symbol.asyncIterator]();
      let first: Promise<IteratorResult<unknown>> | undefined = iterator.next();
      const next = (): Promise<IteratorResult<unknown>> => {
        const result = first ?? iterator.next();
        first = undefined;
        return result;
      };
      return streamOf({ [Symbol.asyncIterator]: () => ({ next }) }, () => replies.close());
    }),
  },
  { name: "reads on when the reader leaves", kills: leaving, broken: stubborn },
  {
    name: "does not close",
    kills: "close ends the reading and the handler's generator",
    broken: brokenStream((replies) => streamOf(replies, async () => undefined)),
  },
  {
    name: "gives streams the limit of calls",
    kills: limit,
    broken: brokenOptions((options) => ({ timeoutMs: 5_000, ...options })),
  },
  {
    name: "gives streams no limit at all",
    kills: limit,
    broken: brokenOptions(({ timeoutMs: _, ...options }) => options),
  },
  {
    name: "ignores the signals of streams",
    kills: signal,
    broken: brokenOptions(({ signal: _, ...options }) => options),
  },
  {
    name: "loses the order of requests",
    kills: clientStream,
    broken: brokenRequests(reversed),
  },
  {
    name: "loses the last request",
    kills: clientStream,
    broken: brokenRequests(withoutLast),
  },
  {
    name: "does not say that the requests have ended",
    kills: "the end of the requests leaves the replies open",
    broken: brokenRequests(withoutEnd),
  },
  {
    name: "sends the requests when it has all",
    kills: "requests and replies of a bidi stream take turns",
    broken: brokenRequests(allAtOnce),
  },
  {
    name: "stops reading when the requests end",
    kills: "the end of the requests leaves the replies open",
    broken: brokenClient((client) => ({
      stream: (request, options) => {
        const stop = new AbortController();
        async function* ending(): AsyncGenerator {
          yield* request.body as AsyncIterable<unknown>;
          stop.abort(new Unavailable("the requests have ended"));
        }
        return client.stream({ ...request, body: ending() }, { ...options, signal: stop.signal });
      },
    })),
  },
  {
    name: "takes a broken stream of requests for a finished one",
    kills: "a caller that cannot go on ends its stream of requests",
    broken: brokenRequests(quiet),
  },
];
