import { definePlugin } from "../../../src/plugin/plugin.js";
import { rpcServer, type RpcServerOptions } from "../../../src/server/rpc-server.js";
import type { HandlerSettings } from "../../../src/server/server.js";
import { Transport, type Message, type Socket } from "../../../src/transport/transport.js";
import { serve } from "../../contracts/pair/tools.js";
import { LoopNetwork, LoopTransport } from "../../support/loop-transport.js";
import { engineNodes } from "../../support/pair-harness.js";
import { virtualWorld } from "../../support/virtual-environment.js";

type Handle = Parameters<typeof serve>[3];

export const nothing = new Uint8Array(0);
/** Headers of a call in JSON. */
export const json = (endpoint: string, more: Readonly<Record<string, string>> = {}) => ({
  "content-type": "application/json",
  "micro-endpoint": endpoint,
  ...more,
});
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (message: Message | undefined): string =>
  new TextDecoder().decode(message?.body);
/** The error that a message carries; null when it carries none. */
export const errorOf = (message: Message | undefined): unknown =>
  JSON.parse(message?.headers["micro-error"] ?? "null");
/** A handler that answers with its request. */
export const echo = [(request: unknown) => Promise.resolve(request)] as const;

/** A server over a transport whose other end the test holds. */
export async function bench(
  handlers: Readonly<Record<string, readonly [Handle, HandlerSettings?]>> = {},
  { options, args = [] }: { options?: RpcServerOptions; args?: readonly string[] } = {},
) {
  const world = virtualWorld();
  const network = new LoopNetwork();
  const transport = (): LoopTransport => new LoopTransport({ network, capacity: 10 });
  const make = engineNodes(world, {
    transport: () => () => definePlugin(Transport, "loop", transport),
    server: (given) => rpcServer({ ...given, ...options }),
  });
  const node = await make({}, {}, { args });
  for (const [endpoint, [handle, settings]] of Object.entries(handlers))
    serve(node, "strange", endpoint, handle, settings);
  const caller = transport();
  const open = async (): Promise<Socket> => (await caller.dial(node.server.address)).open();
  /** Sends messages on one channel and gives what comes back until the server closes it. */
  const exchange = async (...messages: readonly Partial<Message>[]): Promise<Message[]> => {
    const socket = await open();
    for (const message of messages) await socket.send({ headers: {}, body: nothing, ...message });
    const replies: Message[] = [];
    for (let next = await socket.recv(); next; next = await socket.recv()) replies.push(next);
    return replies;
  };
  return { ...world, node, open, exchange };
}
