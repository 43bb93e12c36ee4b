/** A range of etcd's keys: from `key` on, before `rangeEnd`. */
export interface KeyRange {
  readonly key: Buffer;
  readonly rangeEnd: Buffer;
}

/** A name as a part of a key: go-micro writes `-` for `/`. */
const part = (name: string): string => name.replaceAll("/", "-");

/** The key of a node, go-micro's: `/micro/registry/<service>/<node>`. */
export const nodeKey = (prefix: string, service: string, node: string): string =>
  `${prefix}${part(service)}/${part(node)}`;

/** The keys of a service's nodes; of all services' when none is named. */
export const nodeRange = (prefix: string, service?: string): KeyRange =>
  prefixRange(service === undefined ? prefix : `${prefix}${part(service)}/`);

/** The keys that begin with `prefix`, which ends with a character below the highest. */
function prefixRange(prefix: string): KeyRange {
  const key = Buffer.from(prefix);
  const rangeEnd = Buffer.from(key);
  rangeEnd[rangeEnd.length - 1]! += 1;
  return { key, rangeEnd };
}
