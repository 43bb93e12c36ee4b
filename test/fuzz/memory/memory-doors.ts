import net from "node:net";
import type { AttackSocket } from "../attack/attack-socket.js";
import { MemorySocket } from "./memory-socket.js";
import { closeAsSocketsDo } from "./wrapped-sockets.js";

/** Port of the server that lies, where it is in this process. */
export const memoryPort = 1;

const servers = new Set<net.Server>();
let answer: ((socket: AttackSocket) => void) | undefined;

interface Options {
  readonly port?: number | string;
}

/** The server that was connected to last. */
interface Known {
  readonly port: number;
  readonly server: net.Server;
}
let known: Known | undefined;

const { listen } = net.Server.prototype;
const { connect } = net;

/** Remembers servers, and leads connections to {@link memoryPort} to who was named. Before any begins to listen. */
export function openMemoryDoors(): void {
  closeAsSocketsDo();
  net.Server.prototype.listen = function (this: net.Server, ...how: unknown[]) {
    servers.add(this);
    return Reflect.apply(listen, this, how) as net.Server;
  } as typeof listen;
  const dial = (...how: unknown[]): unknown => {
    const [options] = how as [Options];
    if (!answer || Number(options.port) !== memoryPort)
      return Reflect.apply(connect, net, how) as net.Socket;
    const [mine, theirs] = MemorySocket.pair();
    const opened = how.find((each) => typeof each === "function") as (() => void) | undefined;
    if (opened) mine.once("connect", opened);
    mine.dial();
    answer(theirs);
    return mine;
  };
  Object.assign(net, { connect: dial, createConnection: dial });
}

/** Who takes the connections to {@link memoryPort}. */
export function answerMemory(take: (socket: AttackSocket) => void): void {
  answer = take;
}

function serverOf(port: number): Known {
  for (const server of servers) {
    const at = server.address();
    if (typeof at === "object" && at?.port === port) return { port, server };
  }
  throw new Error(`nobody listens on port ${port} in this process`);
}

/** Connects to the server of this process that listens on a port, past the system. */
export function connectMemory(port: number): AttackSocket {
  if (known?.port !== port || !known.server.listening) known = serverOf(port);
  const [mine, theirs] = MemorySocket.pair();
  known.server.emit("connection", theirs);
  return mine;
}
