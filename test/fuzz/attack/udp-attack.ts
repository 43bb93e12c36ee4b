import { createSocket, type Socket } from "node:dgram";
import { readFileSync } from "node:fs";
import { Chance } from "../chance.js";
import { mdnsDatagram, mdnsProbe } from "../protocols/mdns-server.js";
import type { Door } from "../protocols/server-protocol.js";
import type { AttackReport } from "./attack-report.js";
import type { Inputs } from "./inputs.js";

/** How an attack over UDP is made. */
export interface UdpAttackOptions {
  readonly door: Door;
  readonly seed: number;
  readonly inputs: Inputs;
}

/** Bytes of datagrams that are sent before the server is asked whether it has seen them. */
const batchBytes = 8_000;
const most = 48;
/** Milliseconds for the answer. */
const answerMs = 1_000;

/** Datagrams that the system threw away because the port's queue was full; undefined where it does not tell. */
function dropped(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  try {
    const lines = readFileSync("/proc/net/udp", "utf8").split("\n");
    return lines
      .filter((line) => line.includes(`:${hex} 00000000:`))
      .reduce((sum, line) => sum + Number(line.trim().split(/\s+/).at(-1) ?? 0), 0);
  } catch {
    return 0;
  }
}

/** Resolves with whether an answer came in time. */
function answered(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const heard = (bytes: Buffer): void => {
      if (bytes.includes("probe")) settle(true);
    };
    const settle = (came: boolean): void => {
      clearTimeout(timer);
      socket.off("message", heard);
      resolve(came);
    };
    const timer = setTimeout(() => settle(false), answerMs);
    socket.on("message", heard);
  });
}

const send = (socket: Socket, bytes: Buffer, port: number): Promise<void> =>
  new Promise((resolve) => socket.send(bytes, port, "127.0.0.1", () => resolve()));

/** Sends all inputs, a few at a time; after each few the server has to answer a question. */
export async function udpAttack({ door, seed, inputs }: UdpAttackOptions): Promise<AttackReport> {
  const before = dropped(door.port);
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  let [heard, silent] = [0, 0];
  for (let over = false; !over;) {
    const batch: number[] = [];
    for (let bytes = 0; bytes < batchBytes && batch.length < most;) {
      const index = inputs.take();
      over = index === undefined;
      if (index === undefined) break;
      const datagram = mdnsDatagram(new Chance(seed, index));
      await send(socket, datagram, door.port);
      bytes += datagram.length + 700; // what the system keeps beside it
      batch.push(index);
    }
    const came = answered(socket);
    await send(socket, mdnsProbe, door.port);
    if (await came) heard += batch.length;
    else silent += batch.length;
    for (const index of batch) inputs.finish(index);
  }
  await new Promise<void>((resolve) => socket.close(resolve));
  return {
    inputs: inputs.done,
    connections: 0,
    answered: heard,
    closed: 0,
    left: silent,
    lost: Math.max(0, dropped(door.port) - before),
  };
}
