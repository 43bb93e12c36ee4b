import { describe, expect, test } from "@jest/globals";
import { httpTransport } from "../../../plugins/transport/http/index.js";
import type { CallOptions, Metadata } from "../../../src/index.js";
import { ask, collect, failureOf, serve } from "../../contracts/pair/tools.js";
import { ask as askFrames, frameWorld, handle } from "../frames/frame-world.js";
import { call, numberOf, route } from "../frames/frame-bytes.js";
import { engineNodes } from "../../support/pair-harness.js";
import { RawPeer } from "../../support/raw-peer.js";
import { virtualWorld } from "../../support/virtual-environment.js";

function listener() {
  const heard: [string, Metadata][] = [];
  const options: CallOptions = {
    onHeaders: (headers) => heard.push(["headers", headers]),
    onTrailers: (trailers) => heard.push(["trailers", trailers]),
  };
  return { heard, options };
}

const both = [
  ["headers", { "x-cost": "3" }],
  ["trailers", { "x-rows": "7" }],
];

describe("mucp over HTTP without frames", () => {
  const start = async () => {
    const world = virtualWorld();
    const make = engineNodes(world, { transport: () => () => httpTransport({ frames: false }) });
    const node = await make();
    serve(node, "shop", "Shop.Buy", async (_request, context) => {
      context.replyHeaders["x-cost"] = "3";
      context.replyTrailers["x-rows"] = "7";
      return {};
    });
    serve(
      node,
      "shop",
      "Shop.List",
      async function* (_request: unknown, context) {
        context.replyHeaders["x-cost"] = "3";
        yield { n: 1 };
        context.replyTrailers["x-rows"] = "7";
      },
      { replyStream: true },
    );
    await node.start();
    const end = async (): Promise<void> => {
      const ended = node.end();
      await world.clock.advance(60_000);
      await ended;
    };
    return { world, node, end };
  };

  test("carries what handlers say", async () => {
    const { world, node, end } = await start();
    const unary = listener();
    const reply = ask(node, "shop", "Shop.Buy", {}, unary.options);
    await world.clock.settle();
    expect(await reply).toEqual({});
    expect(unary.heard).toEqual(both);
    const streamed = listener();
    const shape = { endpoint: "Shop.List", replyStream: true };
    const replies = collect(
      node.client.stream(node.client.newRequest("shop", shape, {}), streamed.options),
    );
    await world.clock.settle();
    expect(await replies).toEqual([{ n: 1 }]);
    expect(streamed.heard).toEqual(both);
    await end();
  });

  test("shows headers to any HTTP client, and trailers beside them", async () => {
    const { world, node, end } = await start();
    const peer = await RawPeer.connect(world.environment("10.9.9.9"), node.server.address);
    peer.send(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nMicro-Endpoint: Shop.Buy\r\nContent-Length: 2\r\n\r\n{}",
    );
    await world.clock.settle();
    expect(peer.received).toContain("X-Cost: 3\r\n");
    expect(peer.received).toContain("Plugboard-Headers: x-cost\r\n");
    expect(peer.received).toContain("Plugboard-Trailer-X-Rows: 7\r\n");
    await end();
  });
});

describe("frames", () => {
  test("HEADERS and TRAILERS come before the reply, and only when there is something to say", async () => {
    await using world = frameWorld();
    const node = await world.node();
    handle(node, "Shop.Buy", async ({ loud }: { loud: boolean }, context) => {
      if (loud) {
        context.replyHeaders["x-cost"] = "3";
        context.replyTrailers["x-rows"] = "7";
      }
      return {};
    });
    await node.start();
    const peer = await world.speak(node);
    peer.send(route(0, "Shop.Buy"), call(numberOf(0), 0, { body: { loud: true } }));
    await world.settle();
    const kinds = (): number[] =>
      peer.frames.filter((each) => each.call !== 0).map(({ kind }) => kind);
    expect(kinds()).toEqual([12, 13, 3]);
    expect(peer.of(12)[0]!.payload.toString("latin1")).toBe("\0\x01\x06x-cost\0\x013");
    peer.send(call(numberOf(1), 0, { body: { loud: false } }));
    await world.settle();
    expect(kinds()).toEqual([12, 13, 3, 3]);
  });

  test.each([300, 100_000])("%i bytes over a limit of 256 fail the call", async (bytes) => {
    await using world = frameWorld({ server: { maxHeaderBytes: 256 } });
    const node = await world.node();
    handle(node, "Shop.Buy", async ({ fail }: { fail: boolean }, context) => {
      context.replyHeaders["x-big"] = "x".repeat(bytes);
      if (fail) throw new TypeError("broken");
      return {};
    });
    await node.start();
    const caller = await world.node();
    const large = failureOf(askFrames(caller, "Shop.Buy", { fail: false }));
    await world.settle();
    expect(await large).toMatchObject({ code: 431, reason: "transport.headers-too-large" });
    const failed = failureOf(askFrames(caller, "Shop.Buy", { fail: true }));
    await world.settle();
    expect(await failed).toMatchObject({ code: 500, reason: "handler.unexpected" });
  });
});
