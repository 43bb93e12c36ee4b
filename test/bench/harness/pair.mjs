/** A peer's server and client, each in a process of its own, and one measurement over them. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { URL } from "node:url";
import { Child } from "./child.mjs";

const host = "127.0.0.1";
/** Milliseconds without a reply after which a peer counts as stalled. */
const stallMs = 4_000;
/** Milliseconds after which no event is on its way any more. */
const eventsMs = 5_000;

export async function freePort() {
  const probe = createServer().listen(0, host);
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

function pin(processes, cores) {
  for (const { pid } of processes)
    execFileSync("taskset", ["-a", "-c", "-p", cores, String(pid)], { stdio: "ignore" });
}

/** Whether processes can be bound to a core here. */
export function canPin() {
  try {
    execFileSync("taskset", ["-c", "0", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export class Pair {
  /** @param file URL of the peer's module */
  static async start(file) {
    const pair = new Pair();
    try {
      const port = await freePort();
      const { info } = await pair.server.request("start", { file, host, port });
      await pair.client.request("connect", { file, host, port, info });
      return pair;
    } catch (error) {
      pair.kill();
      throw error;
    }
  }

  server = new Child(new URL("server-process.mjs", import.meta.url));
  client = new Child(new URL("client-process.mjs", import.meta.url));

  /** Loads the peer for a while and measures a window of it. */
  async measure(spec, warmMs, windowMs) {
    const { server, client } = this;
    const before = spec.kind === "event" ? await server.request("stats") : undefined;
    if (spec.oneCore) pin([server, client], "0");
    try {
      await client.request("start", { spec });
      await this.#progress(warmMs);
      const [opened] = await Promise.all([server.request("stats"), client.request("open")]);
      await this.#progress(windowMs);
      const [closed, done] = await Promise.all([server.request("stats"), client.request("close")]);
      const { count } = await client.request("stop");
      if (done.failure) throw new Error(done.failure);
      if (before) await this.#allArrived(before.events + count);
      return figures(spec, opened, closed, done);
    } finally {
      if (spec.oneCore) pin([server, client], "0-1023");
    }
  }

  /** Waits. @throws when meanwhile something fails, or nothing goes on. */
  async #progress(ms) {
    let last = -1;
    for (let left = ms; left > 0; left -= stallMs) {
      await sleep(Math.min(left, stallMs));
      const { count, failure } = await this.client.request("progress");
      if (failure) throw new Error(failure);
      if (count === last) throw new Error("stalled: no reply any more");
      last = count;
    }
    if (last > 0) return;
    await sleep(stallMs);
    const { count } = await this.client.request("progress");
    if (count === 0) throw new Error("stalled: no reply at all");
  }

  async #allArrived(expected) {
    const deadline = Date.now() + eventsMs;
    for (;;) {
      const { events } = await this.server.request("stats");
      if (events === expected) return;
      if (events > expected || Date.now() > deadline)
        throw new Error(`${events} events arrived of ${expected}`);
      await sleep(50);
    }
  }

  async end() {
    await this.client.end();
    await this.server.end();
  }

  kill() {
    this.client.kill();
    this.server.kill();
  }
}

function figures(spec, opened, closed, done) {
  const event = spec.kind === "event";
  const count = event ? closed.events - opened.events : done.count;
  const seconds = event ? (closed.at - opened.at) / 1_000 : done.seconds;
  const serverUs = (closed.cpuUs - opened.cpuUs) / count;
  const clientUs = done.cpuUs / count;
  return {
    rate: count / seconds,
    p50Us: done.p50Us,
    p99Us: done.p99Us,
    serverUs,
    clientUs,
    cpuUs: serverUs + clientUs,
    rssMb: (closed.rss + done.rss) / 1_048_576,
  };
}
