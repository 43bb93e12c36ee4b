import { createSocket } from "node:dgram";
import type { FuzzProtocol } from "../fuzz-protocols.js";
import { Child } from "../targets/start-child.js";
import { memoryPort } from "../memory/memory-doors.js";
import { noAttack, sum, type AttackReport } from "./attack-report.js";
import { HostileServer } from "./hostile-server.js";
import type { Inputs } from "./inputs.js";
import { tcpAttack } from "./tcp-attack.js";
import { udpAttack } from "./udp-attack.js";

/** The process under fire, the honest side of it, and the attacker. */
export interface Arena {
  readonly target: Child;
  /** Who counts the honest calls: the honest caller, or the client that is attacked. */
  readonly witness: Child;
  attack(inputs: Inputs): Promise<AttackReport>;
  close(): Promise<void>;
}

/** Free port for a server of UDP, which cannot say which one it got. */
async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

async function underAnswers(
  { target: targetOf, honest, way }: FuzzProtocol,
  seed: number,
): Promise<Arena> {
  if (way.over !== "answers") throw new TypeError("not a client's protocol");
  const { child: served, door } = await Child.start(...honest);
  const { child: target } = await Child.start(...targetOf);
  const hostile = new HostileServer(way.protocol, seed);
  target.go({ port: await hostile.listen() }, door);
  return {
    target,
    witness: target,
    async attack(inputs) {
      const used = hostile.answerWith(inputs);
      await Promise.race([used, new Promise<void>((resolve) => target.onDeath(resolve))]);
      return hostile.report(inputs);
    },
    close: async () => {
      await Promise.all([target.stop(), served.stop(), hostile.close()]);
    },
  };
}

/** Inputs that a process which attacks itself is given at once: those that may be to blame when it dies. */
const memoryChunk = 500;

/** Has the process under fire send the inputs to itself. */
async function attackSelf(
  target: Child,
  { name: protocol }: FuzzProtocol,
  seed: number,
  lanes: number,
  inputs: Inputs,
): Promise<AttackReport> {
  let whole = noAttack;
  for (;;) {
    const taken: number[] = [];
    for (let index; taken.length < memoryChunk && (index = inputs.take()) !== undefined;)
      taken.push(index);
    if (taken.length === 0) return whole;
    const [from, to] = [taken[0]!, taken.at(-1)! + 1];
    const report = await target.attack({ protocol, seed, from, to, lanes });
    if (!report) return whole;
    whole = sum(whole, report);
    for (const index of taken) inputs.finish(index);
  }
}

/** The process under fire attacks itself; who is honest comes over TCP all the same. */
async function inMemory(protocol: FuzzProtocol, seed: number, lanes: number): Promise<Arena> {
  const attack = (target: Child) => (inputs: Inputs) =>
    attackSelf(target, protocol, seed, lanes, inputs);
  if (protocol.way.over === "answers") {
    const { child: served, door } = await Child.start(...protocol.honest);
    const { child: target } = await Child.start(...protocol.target);
    target.go({ port: memoryPort }, door);
    const close = async (): Promise<void> => {
      await Promise.all([target.stop(), served.stop()]);
    };
    return { target, witness: target, attack: attack(target), close };
  }
  const { child: target, door } = await Child.start(...protocol.target);
  const { child: witness } = await Child.start(...protocol.honest);
  witness.go(door);
  const close = async (): Promise<void> => {
    await Promise.all([target.stop(), witness.stop()]);
  };
  return { target, witness, attack: attack(target), close };
}

/** Starts everything; honest calls are made from now on. */
export async function openArena(
  protocol: FuzzProtocol,
  seed: number,
  lanes: number,
  memory: boolean,
): Promise<Arena> {
  if (memory) return inMemory(protocol, seed, lanes);
  const { way, target: targetOf, honest } = protocol;
  if (way.over === "answers") return underAnswers(protocol, seed);
  const port = way.over === "udp" ? { FUZZ_UDP_PORT: String(await freeUdpPort()) } : {};
  const { child: target, door } = await Child.start(...targetOf, port);
  const { child: witness } = await Child.start(...honest);
  witness.go(door);
  return {
    target,
    witness,
    attack: (inputs) =>
      way.over === "udp"
        ? udpAttack({ door, seed, inputs })
        : tcpAttack({ protocol: way.protocol, door, seed, inputs, lanes }),
    close: async () => {
      await Promise.all([target.stop(), witness.stop()]);
    },
  };
}
