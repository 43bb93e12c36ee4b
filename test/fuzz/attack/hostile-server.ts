import { createServer, type AddressInfo, type Server } from "node:net";
import { Chance } from "../chance.js";
import type { ClientProtocol } from "../protocols/client-protocol.js";
import { inPieces } from "../wire/pieces.js";
import type { AttackReport } from "./attack-report.js";
import type { AttackSocket } from "./attack-socket.js";
import type { Inputs } from "./inputs.js";

/** Milliseconds without a further request after which a connection is broken off. */
const silentMs = 12;
/** Connections whose requests have come in part are given more. */
const mostAsked = 1_000_000;

/** A server whose every answer is an input. */
export class HostileServer {
  /** Resolves when the inputs are used up. */
  readonly done: Promise<void>;
  #connections = 0;
  #inputs: Inputs | undefined;
  #finished!: () => void;
  readonly #sockets = new Map<AttackSocket, number>();
  readonly #look: NodeJS.Timeout;
  readonly #server: Server;

  constructor(
    private readonly protocol: ClientProtocol,
    private readonly seed: number,
  ) {
    this.done = new Promise((resolve) => (this.#finished = resolve));
    this.#server = createServer({ noDelay: true }, (socket) => this.take(socket));
    this.#look = setInterval(() => {
      const now = performance.now();
      for (const [socket, deadline] of this.#sockets) if (now > deadline) socket.resetAndDestroy();
    }, 4);
  }

  /** Begins to listen; answers the port. */
  listen(): Promise<number> {
    return new Promise((resolve) =>
      this.#server.listen(0, () => resolve((this.#server.address() as AddressInfo).port)),
    );
  }

  /** Answers with these from now on. Resolves when they are used up. */
  answerWith(inputs: Inputs): Promise<void> {
    this.#inputs = inputs;
    return new Promise((resolve) => (this.#finished = resolve));
  }

  report(inputs: Inputs): AttackReport {
    return {
      inputs: inputs.done,
      connections: this.#connections,
      answered: 0,
      closed: 0,
      left: 0,
      lost: 0,
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#look);
    for (const socket of this.#sockets.keys()) socket.resetAndDestroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Serves a connection. */
  take(socket: AttackSocket): void {
    this.#connections++;
    this.#sockets.set(socket, Infinity);
    const { protocol } = this;
    let asked: Buffer = Buffer.alloc(0);
    if (protocol.opening) socket.write(protocol.opening);
    socket.on("data", (bytes) => {
      asked = asked.length > 0 ? Buffer.concat([asked, bytes]) : bytes;
      const requests = protocol.requests(asked);
      if (requests.length === 0 && asked.length < mostAsked) return;
      asked = Buffer.alloc(0);
      for (const request of requests) if (!socket.destroyed) this.#answer(socket, request.number);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #answer(socket: AttackSocket, number: number): void {
    const index = this.#inputs?.take();
    if (index === undefined) {
      socket.resetAndDestroy();
      this.#finished();
      return;
    }
    const chance = new Chance(this.seed, index);
    for (const piece of inPieces(this.protocol.answer(chance, { number }), chance))
      socket.write(piece);
    if (chance.once(8)) socket.end();
    this.#sockets.set(socket, performance.now() + silentMs);
    this.#inputs?.finish(index);
  }
}
