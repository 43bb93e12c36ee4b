import type { EndpointShape } from "../call/contract.js";
import type { RegistryCache } from "../registry/registry-cache.js";
import type { ServiceRecord } from "../registry/registry.js";

type Shapes = Map<string, EndpointShape | undefined>;

/** What the registry says of methods, remembered for as long as the records stay the same. */
export class EndpointDirectory {
  readonly #known = new WeakMap<readonly ServiceRecord[], Shapes>();

  constructor(private readonly cache: RegistryCache) {}

  /**
   * The endpoint of `service` whose method part is `method`, whatever its first letter's case.
   * Undefined when the records tell nothing. Where two types have that method, the one named like
   * the service is meant; else it stays undefined.
   */
  find(
    service: string,
    method: string,
  ): EndpointShape | undefined | Promise<EndpointShape | undefined> {
    const records = this.cache.lookup(service);
    return records instanceof Promise
      ? records.then((found) => this.#search(found, service, method))
      : this.#search(records, service, method);
  }

  #search(
    records: readonly ServiceRecord[],
    service: string,
    method: string,
  ): EndpointShape | undefined {
    let shapes = this.#known.get(records);
    if (!shapes) {
      shapes = new Map<string, EndpointShape | undefined>();
      this.#known.set(records, shapes);
    }
    if (!shapes.has(method)) shapes.set(method, search(records, service, method));
    return shapes.get(method);
  }
}

function search(
  records: readonly ServiceRecord[],
  service: string,
  method: string,
): EndpointShape | undefined {
  const wanted = method.toLowerCase();
  const found = new Map<string, EndpointShape>();
  for (const record of records)
    for (const { name, metadata } of record.endpoints) {
      const names = [name.slice(name.lastIndexOf(".") + 1), metadata["method"]];
      if (!names.some((part) => part?.toLowerCase() === wanted) || metadata["subscriber"]) continue;
      found.set(name, {
        endpoint: name,
        replyStream: metadata["stream"] === "true" && metadata["reply-stream"] !== "false",
        idempotent: metadata["idempotent"] === "true",
      });
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
