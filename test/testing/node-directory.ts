import { RpcError } from "../../index.js";
import type { ClusterNode } from "./cluster-node.js";

/** Names that are no node of the app's. */
const servers: readonly string[] = ["registry", "broker"];

/** The nodes of a cluster, by their names. */
export class NodeDirectory {
  readonly #nodes: ClusterNode[] = [];

  constructor(private readonly callerHost: string) {}

  add(node: ClusterNode): void {
    this.#nodes.push(node);
  }

  remove(node: ClusterNode): void {
    const index = this.#nodes.indexOf(node);
    if (index >= 0) this.#nodes.splice(index, 1);
  }

  in(...states: readonly ClusterNode["state"][]): readonly ClusterNode[] {
    return this.#nodes.filter(({ state }) => states.includes(state));
  }

  /** The oldest running node of this name. @throws RpcError 404 that lists those there are. */
  running(name: string): ClusterNode {
    const node = this.#find(name, this.in("running"));
    if (node) return node;
    throw new RpcError(404, `no running node serves ${name}; there are: ${this.#known()}`);
  }

  /** A running node of this name, or else the one that ended last. @throws RpcError 404. */
  any(name: string): ClusterNode {
    const ended = this.in("stopped", "killed").toReversed();
    const node = this.#find(name, this.in("running")) ?? this.#find(name, ended);
    if (node) return node;
    throw new RpcError(404, `no node has served ${name}; there are: ${this.#known()}`);
  }

  /** The host that a node, `test`, `registry` or `broker` is on. @throws RpcError 404. */
  hostOf(name: string): string {
    if (name === "test") return this.callerHost;
    const node = this.#find(name, this.in("running"));
    if (node) return node.host;
    return servers.includes(name) ? name : this.running(name).host;
  }

  #find(name: string, nodes: readonly ClusterNode[]): ClusterNode | undefined {
    return (
      nodes.find(({ services }) => services.includes(name)) ??
      nodes.find((node) => node.name === name)
    );
  }

  #known(): string {
    return ["test", ...this.in("running").flatMap(({ services }) => services)].join(", ");
  }
}
