import type { AttackReport } from "../attack/attack-report.js";
import { HostileServer } from "../attack/hostile-server.js";
import { Inputs } from "../attack/inputs.js";
import { tcpAttack } from "../attack/tcp-attack.js";
import { fuzzProtocols } from "../fuzz-protocols.js";
import type { Door } from "../protocols/server-protocol.js";
import type { AttackOrder } from "../targets/child-messages.js";
import { answerMemory, connectMemory } from "./memory-doors.js";

let hostile: HostileServer | undefined;

/** Makes the server that lies, in this process. */
function hostileServer(name: string, seed: number): HostileServer {
  const { way } = fuzzProtocols[name]!;
  if (way.over !== "answers") throw new TypeError(`${name} is not a client's protocol`);
  const server = new HostileServer(way.protocol, seed);
  answerMemory((socket) => server.take(socket));
  return server;
}

/** Attacks this process from within, past the system's sockets. */
export async function memoryAttack(
  { protocol: name, seed, from, to, lanes }: AttackOrder,
  door: Door,
): Promise<AttackReport> {
  const { way } = fuzzProtocols[name]!;
  const inputs = new Inputs(from, to);
  if (way.over === "answers") {
    hostile ??= hostileServer(name, seed);
    await hostile.answerWith(inputs);
    return hostile.report(inputs);
  }
  if (way.over !== "tcp") throw new TypeError(`${name} has no connections`);
  const connect = () => connectMemory(door.port);
  return tcpAttack({ protocol: way.protocol, door, seed, inputs, lanes, connect });
}
