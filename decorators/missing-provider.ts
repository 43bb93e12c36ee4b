import type { Token } from "../src/spi.js";
import type { ModuleGraph, ModuleNode } from "./module-graph.js";

/** Says that nobody provides `token` to `node`, and what may have been meant: none of `askers`. */
export function missingProvider(
  token: Token<unknown>,
  graph: ModuleGraph,
  node: ModuleNode,
  askers: readonly Token<unknown>[],
): string {
  const hiding = graph.modules.find((other) => other.bindings.has(token));
  if (!hiding)
    return `no provider; add ${token.name} to the providers of ${node.name}${nearest(token.name, graph, askers)}`;
  return node.imports.includes(hiding)
    ? `private to ${hiding.name}; add it to the exports of ${hiding.name}`
    : `${hiding.name} provides it; import ${hiding.name} into ${node.name}, and export it there`;
}

const letters = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, "");

/** `, or did you mean X?` for a provider of the same or nearly the same name. */
function nearest(name: string, graph: ModuleGraph, askers: readonly Token<unknown>[]): string {
  const wanted = letters(name);
  const provided = graph.modules.flatMap((node) =>
    [...node.bindings.keys()].map((token) => ({ token, node })),
  );
  const twin = provided.find(({ token }) => token.name === name);
  if (twin)
    return `; ${twin.node.name} provides another class of that name: was its file loaded twice?`;
  const near = provided.find(({ token }) => {
    const other = letters(token.name);
    if (askers.includes(token)) return false;
    return other.includes(wanted) || wanted.includes(other);
  });
  return near ? `, or did you mean ${near.token.name}?` : "";
}
