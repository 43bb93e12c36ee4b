import { afterEach, expect, test } from "@jest/globals";
import type { Context } from "../../../src/index.js";
import { ask, frameWorld, gate, handle, type FrameWorld } from "./frame-world.js";

let open: FrameWorld | undefined;
afterEach(async () => {
  await open?.[Symbol.asyncDispose]();
  open = undefined;
});

test("calls that come in pieces keep their own body and metadata, whenever these are read", async () => {
  open = frameWorld({ pieceBytes: 5_000 });
  const [server, client] = [await open.node(), await open.node()];
  const reading = gate();
  handle(server, "T.Late", async (request: unknown, context: Context) => {
    await reading.opened;
    return { request, key: context.metadata["x-key"] };
  });
  await server.start();
  const of = (n: number) => ({ n, text: String(n % 10).repeat(20_000) });
  const numbers = Array.from({ length: 20 }, (_, n) => n);
  const replies = numbers.map((n) =>
    ask(client, "T.Late", of(n), { metadata: { "x-key": `key ${n}` } }),
  );
  await open.settle();
  reading.open();
  await open.settle();
  expect(await Promise.all(replies)).toEqual(
    numbers.map((n) => ({ request: of(n), key: `key ${n}` })),
  );
});
