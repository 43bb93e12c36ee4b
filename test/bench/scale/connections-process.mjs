/** Many connections by hand, as from many clients: each has made a call and is kept. */
import { Buffer } from "node:buffer";
import { connect } from "node:net";
import { performance } from "node:perf_hooks";
import { serve } from "../harness/answer.mjs";

/** Connections opened at a time: fewer than a listener's backlog. */
const batch = 200;
/** On Linux all of 127/8 is this machine, so ports last for more connections. */
const sources = process.platform === "linux" ? 8 : 1;

const body = JSON.stringify({ name: "Ada" });
const request = Buffer.from(
  [
    "POST / HTTP/1.1",
    "Host: localhost",
    "Content-Type: application/json",
    "Micro-Service: greeter",
    "Micro-Endpoint: Greeter.Hello",
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n"),
);
const wanted = "Hello Ada";

const connections = [];

class Connection {
  #text = "";
  #settle;

  static open(where, index) {
    const connection = new Connection();
    return new Promise((resolve, reject) => {
      const localAddress = sources > 1 ? { localAddress: `127.0.0.${1 + (index % sources)}` } : {};
      connection.socket = connect({ ...where, ...localAddress }, () => resolve(connection));
      connection.socket
        .setNoDelay(true)
        .on("data", (chunk) => connection.#data(chunk))
        .on("error", reject)
        .on("close", () => connection.#settle?.reject(new Error("the server closed a connection")));
    });
  }

  call() {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.socket.write(request);
    });
  }

  #data(chunk) {
    this.#text += chunk.latin1Slice();
    const [head, length] = /^.*?content-length: *(\d+).*?\r\n\r\n/is.exec(this.#text) ?? [];
    if (head === undefined || this.#text.length < head.length + Number(length)) return;
    const right = head.startsWith("HTTP/1.1 200") && this.#text.includes(wanted);
    const { resolve, reject } = this.#settle;
    this.#settle = undefined;
    if (right) resolve();
    else reject(new Error(`wrong reply ${this.#text}`));
    this.#text = "";
  }
}

serve({
  /** Opens connections until there are `total`; each makes one call. */
  async open({ total, ...where }) {
    while (connections.length < total) {
      const many = Math.min(batch, total - connections.length);
      const opening = Array.from({ length: many }, (_, at) =>
        Connection.open(where, connections.length + at),
      );
      const opened = await Promise.all(opening);
      await Promise.all(opened.map((connection) => connection.call()));
      connections.push(...opened);
    }
  },

  /** One call at a time on each of `active` connections. */
  async drive({ active, ms }) {
    const until = performance.now() + ms;
    const times = [];
    const began = performance.now();
    const lanes = connections.slice(0, active).map(async (connection) => {
      while (performance.now() < until) {
        const at = performance.now();
        await connection.call();
        times.push(performance.now() - at);
      }
    });
    await Promise.all(lanes);
    const seconds = (performance.now() - began) / 1_000;
    times.sort((a, b) => a - b);
    return {
      count: times.length,
      rate: times.length / seconds,
      p50Ms: times[times.length >> 1],
      p99Ms: times[Math.floor(times.length * 0.99)],
    };
  },
});
