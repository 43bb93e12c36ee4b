import type { Timer } from "../../../src/spi.js";

/** What shall be in etcd, as far as this process says so. */
export interface NodeWish {
  readonly key: string;
  readonly value: string;
  /** Milliseconds that the node lives unless it is registered again; undefined: it stays. */
  readonly ttlMs: number | undefined;
}

/** A key as this process has put it. */
export interface Stored {
  readonly key: string;
  readonly value: string;
  /** Seconds of the lease. */
  readonly seconds: number | undefined;
  /** Its own lease; undefined for a node that stays. */
  readonly lease: string | undefined;
  /** etcd's number for the put: whoever puts the key later changes it. */
  readonly revision: string;
}

/** A node that was registered here. */
export interface OwnNode {
  wish: NodeWish;
  /** What of it was last known to be in etcd. */
  stored: Stored | undefined;
  /** When its lease was last known to be alive, on the monotonic clock; `Infinity`: it has none yet. */
  keptAt: number;
  /** Takes it out unless it is registered again. */
  expiry: Timer | undefined;
}

/** etcd counts in whole seconds. */
export const secondsOf = (ttlMs: number | undefined): number | undefined =>
  ttlMs === undefined ? undefined : Math.max(1, Math.ceil(ttlMs / 1_000));

/** Whether etcd has what is wished for. */
export const isRight = ({ wish, stored }: OwnNode): boolean =>
  stored?.value === wish.value && stored.seconds === secondsOf(wish.ttlMs);
