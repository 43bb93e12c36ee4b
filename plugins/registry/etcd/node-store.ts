import type { EtcdLink } from "./etcd-link.js";
import { grpcCode, statusOf } from "./grpc-status.js";
import { inParallel } from "./in-parallel.js";
import { secondsOf, type NodeWish, type Stored } from "./own-node.js";

/** Leases in one stream of renewals, and such streams at once. */
const leasesAtOnce = 100;
const streamsAtOnce = 4;

/** What is done in etcd for a node. */
export class NodeStore {
  constructor(private readonly link: EtcdLink) {}

  /**
   * Puts a node. It has a lease of its own, so that one that goes takes no other along, and
   * go-micro's watches, which read one change of an answer, miss none. `former` is what it replaces.
   */
  async put(wish: NodeWish, former: Stored | undefined, signal?: AbortSignal): Promise<Stored> {
    const seconds = secondsOf(wish.ttlMs);
    const kept = former?.seconds === seconds ? former?.lease : undefined;
    if (kept !== undefined)
      try {
        return await this.#put(wish, kept, signal);
      } catch (error) {
        if (statusOf(error)?.code !== grpcCode.notFound) throw error; // the lease is over
      }
    const lease =
      seconds === undefined
        ? undefined
        : await this.link.request((client, bound) => client.grantLease(seconds, bound), signal);
    try {
      const stored = await this.#put(wish, lease, signal);
      if (former?.lease !== undefined) this.#drop(former.lease);
      return stored;
    } catch (error) {
      // It may have been put all the same.
      if (lease !== undefined) this.#drop(lease);
      throw error;
    }
  }

  /**
   * Whether the node is still there: as it was put, gone, put by somebody else since, or overtaken by
   * a put from here that was given up and took effect all the same.
   */
  async find(
    { key, lease, revision }: Stored,
    signal?: AbortSignal,
  ): Promise<"there" | "gone" | "somebody-else's" | "overtaken"> {
    const { kvs } = await this.link.request(
      (client, bound) => client.range({ key: Buffer.from(key), keys_only: true }, bound),
      signal,
    );
    const found = kvs[0];
    if (!found) return "gone";
    if (found.mod_revision === revision) return "there";
    // A lease belongs to one node of one process.
    return lease !== undefined && found.lease === lease ? "overtaken" : "somebody-else's";
  }

  /** Takes a node out, unless somebody else has put it since. */
  async withdraw({ key, lease, revision }: Stored, signal?: AbortSignal): Promise<void> {
    if (lease !== undefined) return this.#revoke(lease, signal);
    const bytes = Buffer.from(key);
    await this.link.request(
      (client, bound) =>
        client.transaction(
          {
            compare: [{ key: bytes, target: "Mod", result: "Equal", mod_revision: revision }],
            success: [{ request_delete_range: { key: bytes } }],
          },
          bound,
        ),
      signal,
    );
  }

  /** Takes a key out, whoever has put it. */
  async remove(key: string, signal?: AbortSignal): Promise<void> {
    await this.link.request(
      (client, bound) => client.remove({ key: Buffer.from(key) }, bound),
      signal,
    );
  }

  /** Keeps leases alive. Resolves with those that are lost. */
  async keep(leases: readonly string[]): Promise<ReadonlySet<string>> {
    const lost = new Set<string>();
    const parts = Array.from({ length: Math.ceil(leases.length / leasesAtOnce) }, (_, index) =>
      leases.slice(index * leasesAtOnce, (index + 1) * leasesAtOnce),
    );
    await inParallel(parts, streamsAtOnce, async (part) => {
      const gone = await this.link.request((client, bound) => client.keepLeases(part, bound));
      for (const lease of gone) lost.add(lease);
    });
    return lost;
  }

  async #put(
    { key, value, ttlMs }: NodeWish,
    lease: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Stored> {
    const request = { key: Buffer.from(key), value: Buffer.from(value), ...(lease && { lease }) };
    const { header } = await this.link.request(
      (client, bound) => client.put(request, bound),
      signal,
    );
    return { key, value, seconds: secondsOf(ttlMs), lease, revision: header.revision };
  }

  #revoke(lease: string, signal?: AbortSignal): Promise<void> {
    return this.link.request((client, bound) => client.revokeLease(lease, bound), signal);
  }

  /** Revokes a lease that nothing depends on; where that fails, it runs out. */
  #drop(lease: string): void {
    void this.#revoke(lease).catch(() => undefined);
  }
}
