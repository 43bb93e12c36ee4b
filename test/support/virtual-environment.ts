import type { Environment } from "../../src/base/environment.js";
import type { LogFields, Logger } from "../../src/base/logger.js";
import { NetworkFaults } from "./network-faults.js";
import { seededRandom } from "./seeded-random.js";
import { ServerLink } from "./server-link.js";
import { VirtualClock } from "./virtual-clock.js";
import { VirtualFiles } from "./virtual-files.js";
import { VirtualLoop } from "./virtual-loop.js";
import { VirtualMachines } from "./virtual-machines.js";
import { VirtualNetwork } from "./virtual-network.js";
import { virtualNetworkControl, type VirtualNetworkControl } from "./virtual-network-control.js";
import { VirtualProcess, type VirtualProcessOptions } from "./virtual-process.js";
import { fieldsText, VirtualTrace } from "./virtual-trace.js";

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
  /** The event loop of the process: it can be paused, resumed and ended. */
  readonly loop: VirtualLoop;
}

/** Several hosts that share one clock and one network, all in memory. */
export interface VirtualWorld {
  /** The environment of a process on `host` (default `127.0.0.1`); processes of a host share it. */
  environment(host?: string, process?: VirtualProcessOptions): VirtualEnvironment;
  /** A process's connection to a server that is not under test, on a host of its own. */
  link(environment: VirtualEnvironment, server: string): ServerLink;
  readonly clock: VirtualClock;
  readonly network: VirtualNetworkControl;
  /** Everything that was logged, oldest first. */
  readonly logs: readonly LogEntry[];
  /** Every event, where the world was made with `trace`. */
  readonly trace: VirtualTrace | undefined;
}

/** What a virtual world starts from. */
export interface VirtualWorldOptions {
  /** Start of all randomness. Default 1. */
  readonly seed?: number;
  /** First value of the clock, milliseconds since the Unix epoch. Default 2026-01-01T00:00:00Z. */
  readonly now?: number;
  /** Largest piece in which bytes arrive; small ones split messages. Default 65,536. */
  readonly pieceBytes?: number;
  /** Whether every event is noted. Default false. */
  readonly trace?: boolean;
}

/**
 * A world with a clock that moves when told to, chance that repeats, and a network in memory.
 * Without latency everything arrives by itself, without `clock.advance`.
 */
export function virtualWorld({
  seed = 1,
  now = Date.UTC(2026, 0, 1),
  pieceBytes = 65_536,
  trace: traced = false,
}: VirtualWorldOptions = {}): VirtualWorld {
  const clock = new VirtualClock(now);
  const trace = traced ? new VirtualTrace(clock) : undefined;
  const faults = new NetworkFaults(seededRandom(seed, "network"));
  const machines = new VirtualMachines(clock, faults, pieceBytes, trace);
  const logs: LogEntry[] = [];
  let made = 0;

  const loggerOf = (host: string, loop: VirtualLoop): Logger => {
    const at = (level: keyof Logger) => (message: string, fields?: LogFields) => {
      if (loop.ended) return;
      logs.push({ host, level, message, fields, time: clock.now() });
      trace?.add(host, `logs ${level} ${message}${fieldsText(fields)}`);
    };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  };

  return {
    clock,
    logs,
    trace,
    environment: (host = "127.0.0.1", process = {}) => {
      const loop = new VirtualLoop(host, clock, trace);
      return {
        clock,
        timers: loop.timers,
        random: seededRandom(seed, `${host}#${made++}`),
        network: new VirtualNetwork(machines, machines.machine(host), loop),
        files: new VirtualFiles(),
        process: new VirtualProcess(process),
        logger: loggerOf(host, loop),
        loop,
      };
    },
    link: ({ network, loop, timers }, server) =>
      new ServerLink(
        machines,
        machines.machine(network.hostname()),
        machines.machine(server),
        loop,
        timers,
      ),
    network: virtualNetworkControl(machines),
  };
}
