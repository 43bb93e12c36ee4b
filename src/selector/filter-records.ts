import type { ServiceNode, ServiceRecord } from "../registry/registry.js";
import type { Selection, SelectOptions } from "./selector.js";

/** What the options leave of a service. */
export interface Filtered {
  /** The very list that was filtered when they leave all of it. */
  readonly records: readonly ServiceRecord[];
  /** Which option left nothing; undefined while there is a candidate. */
  readonly emptiedBy: string | undefined;
}

/** Every node of the records, each with its record. */
export const toCandidates = (records: readonly ServiceRecord[]): Selection[] =>
  records.flatMap((service) => service.nodes.map((node) => ({ node, service })));

/** Equal for options that filter alike, not counting filters of the caller's own. */
export function filterKey({ version, labels, endpoint, protocols }: SelectOptions): string {
  if (labels !== undefined) return JSON.stringify([version, endpoint, protocols, labels]);
  return `${version ?? ""}\n${endpoint ?? ""}\n${protocols?.join("\n") ?? ""}`;
}

/** Applies protocols, version, endpoint and labels, in this order. */
export function filterRecords(records: readonly ServiceRecord[], options: SelectOptions): Filtered {
  const { version, labels, endpoint, protocols } = options;
  let left = records;
  let emptiedBy: string | undefined;
  const narrow = (filter: string, next: readonly ServiceRecord[]): void => {
    left = next;
    if (left.length === 0) emptiedBy ??= filter;
  };
  if (protocols !== undefined)
    narrow(
      `protocols ${protocols.join(", ")}`,
      keepNodes(left, ({ metadata: { protocol } }) => !protocol || protocols.includes(protocol)),
    );
  if (version !== undefined)
    narrow(
      `version ${version}`,
      keepRecords(left, (record) => record.version === version),
    );
  if (endpoint !== undefined)
    narrow(
      `endpoint ${endpoint}`,
      keepRecords(
        left,
        ({ endpoints }) =>
          endpoints.length === 0 || endpoints.some(({ name }) => name === endpoint),
      ),
    );
  if (labels !== undefined) {
    const wanted = Object.entries(labels);
    narrow(
      `labels ${wanted.map(([name, value]) => `${name}=${value}`).join(", ")}`,
      keepNodes(left, ({ metadata }) => wanted.every(([name, value]) => metadata[name] === value)),
    );
  }
  return { records: left, emptiedBy };
}

function keepRecords(
  records: readonly ServiceRecord[],
  keep: (record: ServiceRecord) => boolean,
): readonly ServiceRecord[] {
  return records.every(keep) ? records : records.filter(keep);
}

function keepNodes(
  records: readonly ServiceRecord[],
  keep: (node: ServiceNode) => boolean,
): readonly ServiceRecord[] {
  if (records.every(({ nodes }) => nodes.every(keep))) return records;
  return records.flatMap((record) => {
    const nodes = record.nodes.filter(keep);
    if (nodes.length === record.nodes.length) return [record];
    return nodes.length === 0 ? [] : [{ ...record, nodes }];
  });
}
