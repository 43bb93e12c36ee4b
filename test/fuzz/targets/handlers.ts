import type { PlainService } from "../../../index.js";
import type { Context } from "../../../src/index.js";
import { Node } from "./node-type.js";
import { ownFault } from "./watched-logger.js";

/** Resolves when the call is over. */
const over = ({ signal }: Context): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** Adds handlers that answer, fail, wait and stream. */
export function fuzzedHandlers(service: PlainService): PlainService {
  return service
    .handle("T.Echo", (request: unknown) => request)
    .handle("T.Typed", (request: unknown) => request, { input: Node, output: Node })
    .handle("T.Fail", () => {
      throw new TypeError(ownFault);
    })
    .handle("T.Wait", async (_request: unknown, context: Context) => {
      await over(context);
      return {};
    })
    .handle("T.Count", async function* (request: { readonly to?: unknown }) {
      const to = typeof request?.to === "number" ? Math.min(request.to, 5) : 1;
      for (let n = 0; n < to; n++) yield { n };
    })
    .handle(
      "T.Chat",
      async function* (requests: AsyncIterable<unknown>) {
        for await (const request of requests) yield request;
      },
      { requestStream: true },
    )
    .handle("T.Large", (request: { readonly bytes?: unknown }) => ({
      text: "x".repeat(typeof request?.bytes === "number" ? Math.min(request.bytes, 4_000_000) : 1),
    }));
}
