import type { VirtualClock } from "./virtual-clock.js";
import type { Connection, DatagramOptions, Random } from "../../src/base/environment.js";
import type { VirtualConnection, Wire } from "./virtual-connection.js";

/** A bound address of a {@link Machine}. */
export interface VirtualListener {
  readonly host: string;
  readonly accept: (connection: Connection) => void;
}

/** What is open on one host. */
export interface Machine {
  readonly name: string;
  readonly listeners: Map<number, VirtualListener>;
  readonly datagrams: Set<DatagramOptions & { readonly bound: number }>;
  readonly connections: Set<VirtualConnection>;
  /** Milliseconds that anything to or from it takes on its side of the way. */
  latencyMs: number;
  /** Chance that a datagram is lost, or that a write breaks its connection. */
  dropProbability: number;
  nextPort: number;
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || host.startsWith("127.");

const isEveryInterface = (host: string): boolean =>
  host === "" || host === "0.0.0.0" || host === "::";

/** The hosts of one world and the ways between them. */
export class VirtualMachines {
  private readonly machines = new Map<string, Machine>();
  private cuts: (readonly [string, string])[] = [];
  private held: (() => void)[] = [];

  constructor(
    readonly clock: VirtualClock,
    private readonly random: Random,
    private readonly pieceBytes: number,
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
        latencyMs: 0,
        dropProbability: 0,
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

  partition(a: string, b: string): void {
    this.cuts.push([a, b]);
  }

  /** Ends every partition; what was sent meanwhile arrives now, in order. */
  heal(): void {
    this.cuts = [];
    const { held } = this;
    this.held = [];
    for (const send of held) send();
  }

  cut(a: Machine, b: Machine): boolean {
    return this.cuts.some(
      ([x, y]) => (x === a.name && y === b.name) || (x === b.name && y === a.name),
    );
  }

  /** True when chance takes what goes from `a` to `b`. */
  loses(a: Machine, b: Machine): boolean {
    const kept = (1 - a.dropProbability) * (a === b ? 1 : 1 - b.dropProbability);
    return kept < 1 && this.random.next() >= kept;
  }

  /** One way between two machines, in order. */
  wire(from: Machine, to: Machine): Wire {
    const { clock } = this;
    const underway: (() => void)[] = [];
    const arriveNext = (): void => {
      clock.touch();
      underway.shift()?.();
    };
    const send = (): void => {
      if (this.cut(from, to)) this.held.push(send);
      else clock.timers.after(from.latencyMs + (from === to ? 0 : to.latencyMs), arriveNext);
    };
    return {
      carry: (deliver) => {
        underway.push(deliver);
        send();
      },
      later: (callback) => void clock.timers.after(0, callback),
      breaks: () => this.loses(from, to),
      pieceBytes: this.pieceBytes,
    };
  }
}
