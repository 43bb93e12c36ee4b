import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { Ground } from "./ground.js";
import type { Place } from "./place.js";

/** The address that servers have in the namespace that everything runs in. */
export const mainlandHost = "10.213.0.1";

const ip = (...args: readonly string[]): string =>
  execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const subnet = (island: number): string => `10.213.${island}.0/24`;

/** Gives the namespace that everything runs in its address. Before servers are started. */
export function settleMainland(): void {
  ip("address", "add", `${mainlandHost}/32`, "dev", "lo");
}

/**
 * Two network namespaces, each on a veth pair, that reach each other through the one that everything
 * runs in, as two machines reach each other through a router.
 */
export class Islands implements Disposable {
  readonly places: readonly [Place, Place];
  readonly #names: readonly [string, string];
  #apart = false;
  readonly #remove = (): void => this.#delete();

  /** @throws with what to do where namespaces cannot be had. */
  constructor({ ownNetwork }: Pick<Ground, "ownNetwork">) {
    if (!ownNetwork)
      throw new Error(
        "a partition needs network namespaces: run it as root on Linux, with the packages iproute2 and util-linux, or name the other scenarios",
      );
    this.#names = [`plugboard-${process.pid}-1`, `plugboard-${process.pid}-2`];
    process.once("exit", this.#remove);
    try {
      writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
      this.places = [this.#island(this.#names[0], 1), this.#island(this.#names[1], 2)];
    } catch (error) {
      this[Symbol.dispose]();
      throw new Error(
        "network namespaces cannot be made: run it as root on Linux, with the package iproute2, or name the other scenarios",
        { cause: error },
      );
    }
  }

  /** From now on nothing gets from one to the other, and nobody is told. Both still reach all others. */
  part(): void {
    if (this.#apart) return;
    this.#apart = true;
    ip("rule", "add", "priority", "100", "from", subnet(1), "to", subnet(2), "blackhole");
    ip("rule", "add", "priority", "101", "from", subnet(2), "to", subnet(1), "blackhole");
  }

  /** As it was. */
  join(): void {
    if (!this.#apart) return;
    this.#apart = false;
    ip("rule", "delete", "priority", "100");
    ip("rule", "delete", "priority", "101");
  }

  [Symbol.dispose](): void {
    process.removeListener("exit", this.#remove);
    this.#delete();
  }

  #island(name: string, number: number): Place {
    const outside = `island${number}`;
    const [gateway, host] = [`10.213.${number}.1`, `10.213.${number}.2`];
    const enter = ["ip", "netns", "exec", name];
    const inside = (...args: readonly string[]): string => ip("-netns", name, ...args);
    ip("netns", "add", name);
    ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("address", "add", `${gateway}/24`, "dev", outside);
    ip("link", "set", outside, "up");
    inside("link", "set", "lo", "up");
    inside("address", "add", `${host}/24`, "dev", "eth0");
    inside("link", "set", "eth0", "up");
    inside("route", "add", "default", "via", gateway);
    return { host, enter };
  }

  /** A veth pair goes with the namespace that one of its ends is in. */
  #delete(): void {
    this.join();
    for (const name of this.#names) {
      try {
        ip("netns", "delete", name);
      } catch {
        // it was never made
      }
    }
  }
}
