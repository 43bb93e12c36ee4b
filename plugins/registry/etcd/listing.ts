import type { Logger, ServiceRecord } from "../../../src/spi.js";
import type { EtcdLink } from "./etcd-link.js";
import { grpcCode, statusOf } from "./grpc-status.js";
import type { KeyRange } from "./keys.js";
import { decodeNode } from "./node-value.js";

/** Keys that one answer holds. */
const pageSize = 500;
/** How often a listing is begun again because etcd forgot the state that it was of. */
const maxAttempts = 3;

/** Nodes as etcd had them at one moment. */
export interface Listing {
  /** That moment: every change up to this one is in. */
  readonly revision: bigint;
  readonly records: ReadonlyMap<string, ServiceRecord>;
}

/** Lists the nodes in a range, all of the same moment, page by page. What is no node is left out. */
export async function listNodes(
  link: EtcdLink,
  range: KeyRange,
  logger: Logger,
  signal?: AbortSignal,
): Promise<Listing> {
  for (let attempt = 1; ; attempt++)
    try {
      return await listOnce(link, range, logger, signal);
    } catch (error) {
      const forgotten = statusOf(error)?.code === grpcCode.outOfRange;
      if (!forgotten || attempt === maxAttempts) throw error;
    }
}

async function listOnce(
  link: EtcdLink,
  { key: first, rangeEnd }: KeyRange,
  logger: Logger,
  signal: AbortSignal | undefined,
): Promise<Listing> {
  const records = new Map<string, ServiceRecord>();
  let revision: string | undefined;
  for (let key = first; ;) {
    const page = { key, range_end: rangeEnd, limit: pageSize, ...(revision && { revision }) };
    const { kvs, more, header } = await link.request(
      (client, bound) => client.range(page, bound),
      signal,
    );
    revision ??= header.revision;
    for (const kv of kvs) {
      const name = kv.key.toString();
      const record = decodeNode(kv.value);
      if (record) records.set(name, record);
      else logger.debug("etcd: a value that is no node is ignored", { key: name });
    }
    const last = kvs.at(-1);
    if (!more || !last) return { revision: BigInt(revision), records };
    key = Buffer.concat([last.key, Buffer.of(0)]);
  }
}
