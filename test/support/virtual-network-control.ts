import type { Delay } from "./delay.js";
import type { Place } from "./network-faults.js";
import type { VirtualMachines } from "./virtual-machines.js";
import type { VirtualConnection } from "./virtual-connection.js";

/**
 * The network of a virtual world, as its tests command it. Hosts are names of environments; a place
 * is a host, or the link between two.
 */
export interface VirtualNetworkControl {
  /** Holds everything between two hosts, or between one and all others; datagrams are lost. */
  partition(hostA: string, hostB?: string): void;
  /** Ends every partition; what was held arrives. */
  heal(): void;
  /** Delays everything that passes a place. Between two hosts the delays of both and their link add up. */
  latency(place: Place, delay: Delay): void;
  /** Chance from 0 to 1 that a datagram is lost, or that a write breaks its connection. */
  drop(place: Place, probability: number): void;
  /** Chance from 0 to 1 that a datagram comes twice. */
  duplicate(place: Place, probability: number): void;
  /** Chance from 0 to 1 that a datagram is held back for up to 50 ms, so that others pass it. */
  reorder(place: Place, probability: number): void;
  /** Breaks every connection of a host, or between two (`ECONNRESET`). */
  reset(place: Place): void;
  /** Ends a host as a power cut does: connections break, what it listened on is gone. */
  kill(host: string): void;
  /** Ends every fault. */
  calm(): void;
  /** Connections that are open at one end at least. */
  readonly connections: number;
}

/** Commands the network between these machines. */
export function virtualNetworkControl(machines: VirtualMachines): VirtualNetworkControl {
  const { faults, trace } = machines;
  const note = (what: string, place: Place, value?: unknown): void =>
    trace?.add(
      "network",
      `${what} ${[place].flat().join(" ")}${value === undefined ? "" : ` ${JSON.stringify(value)}`}`,
    );
  const reset = (place: Place): void => {
    const [host, other] = typeof place === "string" ? [place] : place;
    const chosen = new Set<VirtualConnection>(machines.machine(host).connections);
    if (other !== undefined) {
      const theirs = machines.machine(other).connections;
      for (const connection of chosen)
        if (!theirs.has(connection.farEnd)) chosen.delete(connection);
    }
    for (const connection of chosen) connection.reset();
  };
  return {
    partition: (a, b) => {
      note("parts", b === undefined ? a : [a, b]);
      faults.cut(a, b);
    },
    heal: () => {
      trace?.add("network", "heals");
      faults.heal();
      machines.release();
    },
    latency: (place, delay) => {
      note("delays", place, delay);
      faults.delay(place, delay);
    },
    drop: (place, probability) => {
      note("drops", place, probability);
      faults.chance("drop", place, probability);
    },
    duplicate: (place, probability) => {
      note("duplicates", place, probability);
      faults.chance("duplicate", place, probability);
    },
    reorder: (place, probability) => {
      note("reorders", place, probability);
      faults.chance("reorder", place, probability);
    },
    reset: (place) => {
      note("resets", place);
      reset(place);
    },
    kill: (host) => {
      note("kills", host);
      reset(host);
      machines.machine(host).listeners.clear();
      machines.machine(host).datagrams.clear();
    },
    calm: () => {
      trace?.add("network", "is calm");
      faults.clear();
      machines.release();
    },
    get connections() {
      const ends = machines.all().reduce((sum, { connections }) => sum + connections.size, 0);
      return Math.ceil(ends / 2);
    },
  };
}
