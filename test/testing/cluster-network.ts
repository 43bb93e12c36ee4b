import { RpcError } from "../../index.js";
import type { Delay } from "../support/delay.js";
import type { Place } from "../support/network-faults.js";
import type { VirtualNetworkControl } from "../support/virtual-network-control.js";

/** A node, or the link between two: `"users"`, or `["test", "users"]`. */
export type ClusterPlace = string | readonly [nodeA: string, nodeB: string];

/**
 * The network between the nodes, and between them and `registry` and `broker`.
 *
 * A connection is a stream of bytes, as TCP's: what is written arrives once and in order, or the
 * connection breaks. So duplicates and changes of order are for what is carried as whole messages:
 * datagrams, and events on their way from a node to the broker.
 */
export interface ClusterNetwork {
  /**
   * Holds everything between two nodes, or between one and all others, even what is under way.
   * Datagrams are lost.
   */
  partition(a: string, b?: string): void;
  /** Ends every partition; what was held arrives. */
  heal(): void;
  /** Delays everything that passes a place, each way. Delays of two nodes and their link add up. */
  latency(place: ClusterPlace, delay: Delay): void;
  /**
   * Chance from 0 to 1 that a write breaks its connection, that a datagram is lost, and that a
   * request to registry or broker fails: before it was heard or after, each as likely.
   */
  drop(place: ClusterPlace, probability: number): void;
  /** Chance from 0 to 1 that a datagram, or an event on its way to the broker, comes twice. */
  duplicate(place: ClusterPlace, probability: number): void;
  /**
   * Chance from 0 to 1 that a datagram, or an event on its way to the broker, is held back for 1 to
   * 50 ms and passed by others. Events of one key keep their order.
   */
  reorder(place: ClusterPlace, probability: number): void;
  /** Breaks every connection of a node, or between two. */
  reset(place: ClusterPlace): void;
  /** Ends every fault: partitions, latency, drops, duplicates, changes of order. */
  calm(): void;
}

/** Commands a virtual network by the names of nodes. `hostOf` throws for names that it does not know. */
export function clusterNetwork(
  network: () => VirtualNetworkControl,
  hostOf: (node: string) => string,
): ClusterNetwork {
  const linkOf = (a: string, b: string): readonly [string, string] => {
    const [here, there] = [hostOf(a), hostOf(b)];
    if (here === there) throw new RpcError(400, `${a} and ${b} are on one node`);
    return [here, there];
  };
  const placeOf = (place: ClusterPlace): Place =>
    typeof place === "string" ? hostOf(place) : linkOf(place[0], place[1]);
  return {
    partition: (a, b) =>
      b === undefined ? network().partition(hostOf(a)) : network().partition(...linkOf(a, b)),
    heal: () => network().heal(),
    latency: (place, delay) => network().latency(placeOf(place), delay),
    drop: (place, probability) => network().drop(placeOf(place), probability),
    duplicate: (place, probability) => network().duplicate(placeOf(place), probability),
    reorder: (place, probability) => network().reorder(placeOf(place), probability),
    reset: (place) => network().reset(placeOf(place)),
    calm: () => network().calm(),
  };
}
