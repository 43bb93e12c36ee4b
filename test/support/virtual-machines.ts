import type { Connection, DatagramOptions } from "../../src/base/environment.js";
import type { NetworkFaults } from "./network-faults.js";
import type { VirtualClock } from "./virtual-clock.js";
import type { VirtualConnection, Wire } from "./virtual-connection.js";
import type { VirtualLoop } from "./virtual-loop.js";
import { digest, type VirtualTrace } from "./virtual-trace.js";

/** A bound address of a {@link Machine}. */
export interface VirtualListener {
  readonly host: string;
  readonly accept: (connection: Connection) => void;
  /** Of the process that listens. */
  readonly loop: VirtualLoop;
}

/** A datagram socket of a {@link Machine}. */
export interface VirtualDatagrams extends DatagramOptions {
  readonly bound: number;
  /** Of the process that opened it. */
  readonly loop: VirtualLoop;
}

/** What is open on one host. */
export interface Machine {
  readonly name: string;
  readonly listeners: Map<number, VirtualListener>;
  readonly datagrams: Set<VirtualDatagrams>;
  readonly connections: Set<VirtualConnection>;
  nextPort: number;
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || host.startsWith("127.");

const isEveryInterface = (host: string): boolean =>
  host === "" || host === "0.0.0.0" || host === "::";

/** What goes one way: it has arrived, and only waits for what was sent before it. */
interface Underway {
  readonly deliver: () => void;
  arrived: boolean;
}

/** The hosts of one world and the ways between them. */
export class VirtualMachines {
  private readonly machines = new Map<string, Machine>();
  private held: (() => void)[] = [];

  constructor(
    readonly clock: VirtualClock,
    readonly faults: NetworkFaults,
    private readonly pieceBytes: number,
    readonly trace: VirtualTrace | undefined,
  ) {}

  /** The machine of this name, made when it is new. */
  machine(name: string): Machine {
    let machine = this.machines.get(name);
    if (!machine) {
      machine = {
        name,
        listeners: new Map(),
        datagrams: new Set(),
        connections: new Set(),
        nextPort: 20_000,
      };
      this.machines.set(name, machine);
    }
    return machine;
  }

  all(): readonly Machine[] {
    return [...this.machines.values()];
  }

  /** The machine that `host` means when `from` says it. */
  resolve(from: Machine, host: string): Machine | undefined {
    return isLoopback(host) || isEveryInterface(host) ? from : this.machines.get(host);
  }

  /** True when `machine` may bind `host`. */
  owns(machine: Machine, host: string): boolean {
    return this.resolve(machine, host) === machine;
  }

  /** True when something bound to `bound` on a machine is reached by `host`. */
  reaches(bound: string, host: string): boolean {
    return isEveryInterface(bound) || bound === host || (isLoopback(bound) && isLoopback(host));
  }

  /** What a partition holds arrives, in the order in which it was held. */
  release(): void {
    const { held } = this;
    this.held = [];
    for (const goOn of held) goOn();
  }

  /** Runs `callback` when `from` and `to` are not parted, be it at once. */
  whenJoined(from: string, to: string, callback: () => void): void {
    if (this.faults.isCut(from, to)) this.held.push(() => this.whenJoined(from, to, callback));
    else callback();
  }

  /** One way between two machines, in order, for a process on `from` whose loop this is. */
  wire(from: Machine, to: Machine, loop: VirtualLoop): Wire {
    const { clock, faults, trace } = this;
    const way: Underway[] = [];
    const arrive = (arriving: Underway): void => {
      clock.touch();
      arriving.arrived = true;
      while (way[0]?.arrived) way.shift()?.deliver();
    };
    return {
      carry: (deliver) => {
        const underway = { deliver, arrived: false };
        way.push(underway);
        // A cut holds what sets out, and what is under way when it comes.
        this.whenJoined(from.name, to.name, () => {
          clock.timers.after(faults.delayMs(from.name, to.name), () =>
            this.whenJoined(from.name, to.name, () => arrive(underway)),
          );
        });
      },
      later: (callback) => void clock.timers.after(0, () => loop.run(callback)),
      breaks: () => faults.strikes("drop", from.name, to.name),
      tell: (what, bytes) =>
        trace?.add(from.name, `${what}${bytes ? ` ${digest(bytes)}` : ""} (${to.name})`),
      pieceBytes: this.pieceBytes,
    };
  }
}
