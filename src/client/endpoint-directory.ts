import type { EndpointShape } from "../call/contract.js";
import type { RegistryCache } from "../registry/registry-cache.js";
import type { ServiceRecord } from "../registry/registry.js";

/**
 * What the registry says of the endpoint whose method part is `method`, upper or lower first letter.
 * Undefined when the records tell nothing. Two types with that method: the one named like the
 * service wins, else none does.
 */
export function describeEndpoint(
  cache: RegistryCache,
  service: string,
  method: string,
): EndpointShape | undefined | Promise<EndpointShape | undefined> {
  const records = cache.lookup(service);
  return records instanceof Promise
    ? records.then((found) => find(found, service, method))
    : find(records, service, method);
}

function find(
  records: readonly ServiceRecord[],
  service: string,
  method: string,
): EndpointShape | undefined {
  const wanted = method.toLowerCase();
  const found = new Map<string, EndpointShape>();
  for (const record of records) {
    for (const { name, metadata } of record.endpoints) {
      const dot = name.lastIndexOf(".");
      if (name.slice(dot + 1).toLowerCase() !== wanted || metadata["subscriber"]) continue;
      found.set(name, {
        endpoint: name,
        replyStream: metadata["stream"] === "true" && metadata["reply-stream"] !== "false",
        idempotent: metadata["idempotent"] === "true",
      });
    }
  }
  if (found.size <= 1) return found.values().next().value;
  const own = conventionalType(service).toLowerCase();
  return [...found.values()].find(
    ({ endpoint }) => endpoint.slice(0, endpoint.lastIndexOf(".")).toLowerCase() === own,
  );
}

/** The type name that a service is expected to have: `go.micro.srv.user-accounts` has `UserAccounts`. */
export function conventionalType(service: string): string {
  const last = service.slice(service.lastIndexOf(".") + 1);
  return last.replace(/(^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_all, _gap, letter: string) =>
    letter.toUpperCase(),
  );
}
