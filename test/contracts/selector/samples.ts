import { rejects } from "node:assert/strict";
import {
  RpcError,
  Unavailable,
  type SelectNext,
  type SelectOptions,
  type ServiceNode,
  type ServiceRecord,
} from "../../../src/spi.js";
import type { SelectorHarness } from "./harness.js";

/** The service of the clauses. */
export const service = "greeter";

/** A node called `id`. */
export const nodeOf = (
  id: string,
  metadata: Readonly<Record<string, string>> = {},
): ServiceNode => ({ id, address: "127.0.0.1:8080", metadata });

/** A record of {@link service} with these nodes. */
export const recordOf = (
  nodes: readonly ServiceNode[],
  { version = "1.0.0", endpoints = [] }: Partial<Pick<ServiceRecord, "version" | "endpoints">> = {},
): ServiceRecord => ({ name: service, version, metadata: {}, endpoints, nodes });

/** Ids of the nodes of {@link draws} draws: enough that luck plays no part. */
export function drawnIds(next: SelectNext, exclude?: ReadonlySet<string>): Set<string> {
  const ids = new Set<string>();
  for (let count = 0; count < draws; count++) ids.add(next(exclude).node.id);
  return ids;
}

/** A node out of three is missed so often in a row with a chance of 1e-53. */
export const draws = 300;

/** {@link drawnIds} of a fresh selection, sorted. */
export const idsOf = async (
  { selector }: SelectorHarness,
  options?: SelectOptions,
  exclude?: ReadonlySet<string>,
): Promise<string[]> => [...drawnIds(await selector.select(service, options), exclude)].sort();

/** Registers nodes `a`, `b` and `c`, of which the selector draws each. */
export async function threeNodes(harness: SelectorHarness): Promise<{
  readonly a: ServiceNode;
  readonly b: ServiceNode;
  readonly c: ServiceNode;
}> {
  const [a, b, c] = [nodeOf("a"), nodeOf("b"), nodeOf("c")];
  await harness.registry.register(recordOf([a, b, c]));
  return { a, b, c };
}

/** How a connection fails. */
export const lost = new Unavailable("connection refused", { reason: "transport.refused" });

/** Holds when the draw is refused with this code and reason. */
export const refuses = (
  { selector }: SelectorHarness,
  options: SelectOptions,
  code: number,
  reason: string,
): Promise<void> =>
  rejects(
    async () => (await selector.select(service, options))(),
    (error: unknown) =>
      error instanceof RpcError &&
      error.code === code &&
      error.reason === reason &&
      error.message.includes(service),
  );
