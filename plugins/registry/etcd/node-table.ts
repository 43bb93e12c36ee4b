import type { IEvent } from "etcd3";
import type { RegistryEvent, ServiceRecord } from "../../../src/spi.js";
import type { Listing } from "./listing.js";
import { decodeNode } from "./node-value.js";

/** The nodes of a range as last heard of; turns news into events, each change once. */
export class NodeTable {
  readonly #records = new Map<string, ServiceRecord>();
  #revision = 0n;

  /** Every change up to this one is known. */
  get revision(): bigint {
    return this.#revision;
  }

  /** Takes a listing as the truth. With `keep`, nodes that it does not name stay for the time being. */
  replace({ revision, records }: Listing, { keep = false } = {}): RegistryEvent[] {
    this.#revision = revision;
    const gone = keep ? [] : [...this.#records.keys()].filter((key) => !records.has(key));
    return [
      ...gone.flatMap((key) => this.#set(key, undefined)),
      ...[...records].flatMap(([key, record]) => this.#set(key, record)),
    ];
  }

  /** Takes what a watch tells: changes in the order in which they happened. */
  apply(news: readonly IEvent[]): RegistryEvent[] {
    const fresh = news.filter(({ kv }) => BigInt(kv.mod_revision) > this.#revision);
    const last = fresh.at(-1);
    // Not the revision of the answer: of a long history etcd tells a part at a time.
    if (last) this.#revision = BigInt(last.kv.mod_revision);
    return fresh.flatMap(({ type, kv }) =>
      this.#set(kv.key.toString(), type === "Put" ? decodeNode(kv.value) : undefined),
    );
  }

  #set(key: string, record: ServiceRecord | undefined): RegistryEvent[] {
    const before = this.#records.get(key);
    if (record) this.#records.set(key, record);
    else this.#records.delete(key);
    return changes(before, record);
  }
}

/** What has happened to a key that held one record and holds another. */
function changes(
  before: ServiceRecord | undefined,
  after: ServiceRecord | undefined,
): RegistryEvent[] {
  const events: RegistryEvent[] = [];
  if (before) {
    const stay = new Set(after?.name === before.name ? after.nodes.map(({ id }) => id) : []);
    const gone = before.nodes.filter(({ id }) => !stay.has(id));
    if (gone.length > 0) events.push({ action: "delete", service: { ...before, nodes: gone } });
  }
  if (after && JSON.stringify(before) !== JSON.stringify(after))
    events.push({ action: before?.name === after.name ? "update" : "create", service: after });
  return events;
}
