import type { ConnectionServer } from "../../../src/spi.js";
import type { EngineNode } from "../../support/pair-harness.js";
import { RawPeer } from "../../support/raw-peer.js";
import { preface } from "../../../src/frames/protocol.js";
import { framesOf, hello, type Frame } from "./frame-bytes.js";
import { service, type FrameWorld } from "./frame-world.js";

/** A connection as a hostile server sees it. */
export interface Caught {
  readonly raw: RawPeer;
  /** What the client said so far, its preface left out. */
  readonly frames: readonly Frame[];
  send(...bytes: readonly Uint8Array[]): void;
}

/**
 * A node of the service whose every byte but its first words, a hello, the test writes: `answer` is
 * called each time that something came.
 */
export async function hostileServer(
  { world }: FrameWorld,
  caller: EngineNode,
  answer: (caught: Caught) => void,
  welcome: Uint8Array = hello(""),
): Promise<{ readonly caught: readonly Caught[] } & ConnectionServer> {
  const host = "10.6.6.6";
  const caught: Caught[] = [];
  const { network } = world.environment(host);
  const server = await network.listen(host, 0, (connection) => {
    const raw: RawPeer = new RawPeer({
      remoteAddress: connection.remoteAddress,
      queuedBytes: 0,
      write: (bytes) => connection.write(bytes),
      pause: () => connection.pause(),
      resume: () => connection.resume(),
      end: () => connection.end(),
      destroy: () => connection.destroy(),
      listen: (listener) =>
        connection.listen({
          ...listener,
          data: (bytes) => {
            listener.data(bytes);
            if (welcomed) answer(one);
            else one.send(welcome);
            welcomed = true;
          },
        }),
    });
    let welcomed = false;
    const one: Caught = {
      raw,
      get frames() {
        return framesOf(Buffer.from(raw.received, "latin1").subarray(preface.length));
      },
      send: (...bytes) => void raw.send(Buffer.concat(bytes).toString("latin1")),
    };
    caught.push(one);
  });
  await caller.registry.register({
    name: service,
    version: "1",
    metadata: {},
    endpoints: [],
    nodes: [
      {
        id: "hostile",
        address: `${host}:${server.port}`,
        metadata: { protocol: "mucp", plugboard: "1", frames: "1", transport: "http" },
      },
    ],
  });
  return { ...server, caught };
}
