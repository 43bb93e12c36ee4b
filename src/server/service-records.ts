import type { ServiceRecord } from "../registry/registry.js";
import { endpointRecords } from "./endpoint-records.js";
import type { Handler, ServiceInfo, Subscriber } from "./server.js";

/** The process that serves, as its records say. */
export interface NodeInfo {
  readonly id: string;
  readonly address: string;
  /** Overrides the services' own version. */
  readonly version: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One record with one node for each service of the process. */
export function serviceRecords(
  handlers: readonly Handler[],
  subscribers: readonly Subscriber[],
  node: NodeInfo,
): readonly ServiceRecord[] {
  const services = new Map<string, ServiceInfo>();
  for (const { service } of [...handlers, ...subscribers]) services.set(service.name, service);
  const belongs = (service: ServiceInfo) => (part: { readonly service: ServiceInfo }) =>
    part.service.name === service.name;
  return [...services.values()].map((service): ServiceRecord => ({
    name: service.name,
    version: node.version ?? service.version ?? "latest",
    metadata: {},
    endpoints: endpointRecords(
      handlers.filter(belongs(service)),
      subscribers.filter(belongs(service)),
    ),
    nodes: [
      {
        id: `${service.name}-${node.id}`,
        address: node.address,
        metadata: { ...service.metadata, ...node.metadata },
      },
    ],
  }));
}
