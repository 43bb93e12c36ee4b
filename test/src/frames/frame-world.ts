import { httpTransport, type HttpTransportOptions } from "../../../plugins/transport/http/index.js";
import type { CallOptions, RpcError } from "../../../src/index.js";
import { rpcServer, type RpcServerOptions } from "../../../src/server/rpc-server.js";
import type { HandlerSettings } from "../../../src/spi.js";
import type { Plugins } from "../../../src/service/slots.js";
import { engineNodes, type EngineNode } from "../../support/pair-harness.js";
import type { PairOptions } from "../../contracts/pair/harness.js";
import { failureOf, serve } from "../../contracts/pair/tools.js";
import { RawPeer } from "../../support/raw-peer.js";
import { virtualWorld, type VirtualWorld } from "../../support/virtual-environment.js";
import { begin, framesOf, hello, type Frame } from "./frame-bytes.js";

export const service = "frames";

/** A peer that speaks frames byte by byte. */
export interface FramePeer {
  send(...bytes: readonly Uint8Array[]): void;
  /** What came so far. */
  readonly frames: readonly Frame[];
  /** What came of a kind, for a call if it is given. */
  of(kind: number, call?: number): readonly Frame[];
  readonly raw: RawPeer;
}

export interface FrameWorldOptions {
  readonly transport?: HttpTransportOptions;
  readonly server?: RpcServerOptions;
  readonly pieceBytes?: number;
}

/** Processes over the http transport in a virtual world. */
export function frameWorld({ transport, server, pieceBytes }: FrameWorldOptions = {}) {
  const world = virtualWorld(pieceBytes === undefined ? {} : { pieceBytes });
  const make = engineNodes(world, { transport: () => () => httpTransport(transport) });
  const nodes: EngineNode[] = [];
  let hosts = 0;
  const node = async (options?: PairOptions, more: Plugins = {}): Promise<EngineNode> => {
    const address = `10.0.0.${(hosts += 1)}:0`;
    const made = await make(options, {
      ...(server && { server: rpcServer({ ...server, address }) }),
      ...more,
    });
    nodes.push(made);
    await made.broker.connect();
    return made;
  };
  const connect = async (to: EngineNode, from = "10.9.9.9"): Promise<RawPeer> =>
    RawPeer.connect(world.environment(from), to.server.address);
  const speak = async (to: EngineNode, from?: string): Promise<FramePeer> => {
    const peer = framePeer(await connect(to, from));
    peer.send(begin, hello());
    return peer;
  };
  return {
    world,
    node,
    connect,
    speak,
    settle: () => world.clock.settle(),
    warnings: () => world.logs.filter(({ level }) => level === "warn"),
    [Symbol.asyncDispose]: async () => {
      const ended = Promise.all(nodes.map((each) => each.end().catch(() => undefined)));
      await world.clock.advance(60_000);
      await ended;
    },
  };
}

export type FrameWorld = ReturnType<typeof frameWorld>;

export const framePeer = (raw: RawPeer): FramePeer => {
  const frames = (): Frame[] => framesOf(Buffer.from(raw.received, "latin1"));
  return {
    raw,
    send: (...bytes) => void raw.send(Buffer.concat(bytes).toString("latin1")),
    get frames() {
      return frames();
    },
    of: (kind, call) =>
      frames().filter((each) => each.kind === kind && (call === undefined || each.call === call)),
  };
};

/** Adds a handler. */
export const handle = (
  to: EngineNode,
  endpoint: string,
  handler: Parameters<typeof serve>[3],
  settings?: HandlerSettings,
): void => serve(to, service, endpoint, handler, settings);

/** Makes a unary call. */
export const ask = (
  { client }: EngineNode,
  endpoint: string,
  body: unknown = {},
  options?: CallOptions,
): Promise<unknown> => {
  const made = client.call(client.newRequest(service, endpoint, body), options);
  made.catch(() => undefined);
  return made;
};

/** Makes a unary call of an endpoint that may be called again. */
export const askAgain = (
  { client }: EngineNode,
  endpoint: string,
  body: unknown = {},
  options?: CallOptions,
): Promise<unknown> => {
  const made = client.call(
    client.newRequest(service, { endpoint, idempotent: true }, body),
    options,
  );
  made.catch(() => undefined);
  return made;
};

/** A promise's outcome once the world has come to rest; undefined while there is none. */
export async function outcomeOf(
  world: VirtualWorld,
  work: Promise<unknown>,
): Promise<{ readonly value?: unknown; readonly error?: unknown } | undefined> {
  let outcome: { value?: unknown; error?: unknown } | undefined;
  work.then(
    (value) => (outcome = { value }),
    (error: unknown) => (outcome = { error }),
  );
  await world.clock.settle();
  return outcome;
}

export const errorOf = (work: Promise<unknown>): Promise<RpcError> => failureOf(work);

/** An ERROR frame's error. */
export const errorIn = (frame: Frame | undefined): Record<string, unknown> =>
  JSON.parse(frame?.payload.toString() ?? "null") as Record<string, unknown>;

/** A gate that handlers wait at. */
export function gate() {
  let open!: (value?: unknown) => void;
  const opened = new Promise<unknown>((resolve) => (open = resolve));
  return { opened, open };
}
