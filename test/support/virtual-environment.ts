import type { Environment } from "../../src/base/environment.js";
import type { LogFields, Logger } from "../../src/base/logger.js";
import { seededRandom } from "./seeded-random.js";
import { VirtualClock } from "./virtual-clock.js";
import { VirtualFiles } from "./virtual-files.js";
import { VirtualMachines } from "./virtual-machines.js";
import { VirtualNetwork } from "./virtual-network.js";
import { VirtualProcess, type VirtualProcessOptions } from "./virtual-process.js";

/** A line that somebody in a virtual world logged. */
export interface LogEntry {
  readonly host: string;
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: LogFields | undefined;
  /** Virtual milliseconds since the Unix epoch. */
  readonly time: number;
}

/** An {@link Environment} in which nothing is real. */
export interface VirtualEnvironment extends Environment {
  readonly process: VirtualProcess;
  readonly files: VirtualFiles;
}

/** The network of a virtual world, as its tests command it. Hosts are names of environments. */
export interface NetworkFaults {
  /** Holds everything between two hosts until {@link NetworkFaults.heal}; datagrams are lost. */
  partition(hostA: string, hostB: string): void;
  /** Ends every partition; what was held arrives. */
  heal(): void;
  /** Delays everything to and from a host by `ms` milliseconds each way. */
  latency(host: string, ms: number): void;
  /** Chance from 0 to 1 that a datagram is lost, or that a write breaks its connection. */
  drop(host: string, probability: number): void;
  /** Breaks every connection of a host (`ECONNRESET`). */
  reset(host: string): void;
  /** Ends a host as a power cut does: connections break, what it listened on is gone. */
  kill(host: string): void;
}

/** Several hosts that share one clock and one network, all in memory. */
export interface VirtualWorld {
  /** The environment of a process on `host` (default `127.0.0.1`); processes of a host share it. */
  environment(host?: string, process?: VirtualProcessOptions): VirtualEnvironment;
  readonly clock: VirtualClock;
  readonly network: NetworkFaults;
  /** Everything that was logged, oldest first. */
  readonly logs: readonly LogEntry[];
}

/** What a virtual world starts from. */
export interface VirtualWorldOptions {
  /** Start of all randomness. Default 1. */
  readonly seed?: number;
  /** First value of the clock, milliseconds since the Unix epoch. Default 2026-01-01T00:00:00Z. */
  readonly now?: number;
  /** Largest piece in which bytes arrive; small ones split messages. Default 65,536. */
  readonly pieceBytes?: number;
}

/**
 * A world with a clock that moves when told to, chance that repeats, and a network in memory.
 * Without latency everything arrives by itself, without `clock.advance`.
 */
export function virtualWorld({
  seed = 1,
  now = Date.UTC(2026, 0, 1),
  pieceBytes = 65_536,
}: VirtualWorldOptions = {}): VirtualWorld {
  const clock = new VirtualClock(now);
  const machines = new VirtualMachines(clock, seededRandom(seed, "network"), pieceBytes);
  const logs: LogEntry[] = [];
  let made = 0;

  const reset = (host: string): void => {
    for (const connection of [...machines.machine(host).connections]) connection.reset();
  };
  const loggerOf = (host: string): Logger => {
    const at = (level: keyof Logger) => (message: string, fields?: LogFields) =>
      void logs.push({ host, level, message, fields, time: clock.now() });
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  };

  return {
    clock,
    logs,
    environment: (host = "127.0.0.1", process = {}) => ({
      clock,
      timers: clock.timers,
      random: seededRandom(seed, `${host}#${made++}`),
      network: new VirtualNetwork(machines, machines.machine(host)),
      files: new VirtualFiles(),
      process: new VirtualProcess(process),
      logger: loggerOf(host),
    }),
    network: {
      partition: (a, b) => machines.partition(a, b),
      heal: () => machines.heal(),
      latency: (host, ms) => void (machines.machine(host).latencyMs = ms),
      drop: (host, probability) => void (machines.machine(host).dropProbability = probability),
      reset,
      kill: (host) => {
        reset(host);
        machines.machine(host).listeners.clear();
        machines.machine(host).datagrams.clear();
      },
    },
  };
}
