import {
  recordFromJson,
  recordToJson,
  type ServiceNode,
  type ServiceRecord,
} from "../../../src/spi.js";

/** Bytes of a value that is read; etcd's own limit for a request is 1.5 MiB. */
const maxValueBytes = 2_097_152;

/** What is kept under a node's key: the JSON of the record with this one node, as go-micro has it. */
export const encodeNode = (service: ServiceRecord, node: ServiceNode): string =>
  JSON.stringify(recordToJson({ ...service, nodes: [node] }));

/** The reverse; undefined for whatever else may be kept there. Never throws. */
export function decodeNode(value: Uint8Array): ServiceRecord | undefined {
  if (value.length > maxValueBytes) return undefined;
  try {
    const json: unknown = JSON.parse(Buffer.from(value).toString("utf8"));
    const record = recordFromJson(json);
    // A record without nodes says nothing; told as gone it would mean that all nodes are.
    return record && record.nodes.length > 0 ? record : undefined;
  } catch {
    return undefined;
  }
}
