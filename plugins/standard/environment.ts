import { randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { readFile } from "node:fs/promises";
import { createServer, connect as openSocket, type AddressInfo } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { performance, PerformanceObserver } from "node:perf_hooks";
import {
  listenBacklog,
  type Clock,
  type Connection,
  type ConnectionServer,
  type DatagramOptions,
  type DatagramSocket,
  type Environment,
  type Files,
  type Logger,
  type Network,
  type ProcessHost,
  type Random,
  type Timers,
  type TlsListen,
} from "../../src/spi.js";
import { lineLogger } from "./line-logger.js";
import { RealConnection } from "./real-connection.js";
import { certificateOf, SecureSockets, type SecureDoor } from "./secure-sockets.js";

/** Largest delay of the platform's timers; longer ones are made of several. */
const longestDelayMs = 2_147_483_647;

const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

const random: Random = { next: () => Math.random(), uuid: () => randomUUID() };

const timers: Timers = {
  after(delayMs, callback, { background = false } = {}) {
    if (delayMs <= 0) {
      const immediate = setImmediate(callback);
      if (background) immediate.unref();
      return { cancel: () => clearImmediate(immediate) };
    }
    let timeout: NodeJS.Timeout;
    const start = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, longestDelayMs);
      timeout = setTimeout(stepMs < leftMs ? () => start(leftMs - stepMs) : callback, stepMs);
      if (background) timeout.unref();
    };
    start(delayMs);
    return { cancel: () => clearTimeout(timeout) };
  },
  soon: (callback) => process.nextTick(callback),
};

const files: Files = { read: (path) => readFile(path) };

type ConnectOptions = Parameters<Network["connect"]>[2];

function connect(
  host: string,
  port: number,
  { signal, tls }: NonNullable<ConnectOptions>,
  secure: SecureSockets,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const secured = tls && secure.open(host, port, tls);
    const socket = secured ?? openSocket({ host, port, allowHalfOpen: true });
    const abort = (): void => {
      socket.destroy();
      reject(signal?.reason as Error);
    };
    const fail = (error: Error): void => {
      signal?.removeEventListener("abort", abort);
      reject(error);
    };
    signal?.addEventListener("abort", abort, { once: true });
    socket.once("error", fail);
    socket.once(secured ? "secureConnect" : "connect", () => {
      signal?.removeEventListener("abort", abort);
      socket.removeListener("error", fail);
      socket.setNoDelay(true);
      resolve(new RealConnection(socket, secured && certificateOf(secured)));
    });
  });
}

/** An empty host is every interface, over IPv6 and IPv4 where the machine has both. */
function listen(
  host: string,
  port: number,
  accept: (connection: Connection) => void,
  logger: Logger,
  door: SecureDoor | undefined,
): Promise<ConnectionServer> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      if (door) door.take(socket);
      else accept(new RealConnection(socket));
    });
    server.once("error", reject);
    const where = { port, backlog: listenBacklog, ...(host === "" ? {} : { host }) };
    server.listen(where, () => {
      const bound = server.address() as AddressInfo;
      server.removeListener("error", reject);
      server.on("error", (error) =>
        logger.warn("a connection could not be accepted", { port: bound.port, error }),
      );
      resolve({
        port: bound.port,
        host: bound.address,
        close: () => {
          // Its callback would wait for connections that live on; the port is free on the next turn.
          if (server.listening) server.close();
          door?.close();
          return new Promise((closed) => setImmediate(closed));
        },
      });
    });
  });
}

function datagram(options: DatagramOptions): Promise<DatagramSocket> {
  const { port, shared = false, multicastGroup, multicastInterface, onMessage, onError } = options;
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: "udp4", reuseAddr: shared });
    let closing: Promise<void> | undefined;
    socket.once("error", reject);
    socket.on("message", (bytes, { address, port: from }) =>
      onMessage(bytes, { host: address, port: from }),
    );
    socket.bind(port, () => {
      try {
        if (multicastGroup !== undefined) {
          socket.addMembership(multicastGroup, multicastInterface);
          socket.setMulticastLoopback(true);
        }
        if (multicastInterface !== undefined) socket.setMulticastInterface(multicastInterface);
      } catch (error: unknown) {
        socket.close();
        reject(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      socket.removeListener("error", reject);
      socket.on("error", onError);
      resolve({
        port: socket.address().port,
        send: (bytes, to, host) =>
          new Promise((sent, failed) => {
            if (closing) throw new Error("The datagram socket is closed");
            socket.send(bytes, to, host, (error) => (error ? failed(error) : sent()));
          }),
        close: () => (closing ??= new Promise((closed) => socket.close(() => closed()))),
      });
    });
  });
}

const network = (logger: Logger, secure: SecureSockets): Network => ({
  connect: (host, port, options = {}) => connect(host, port, options, secure),
  listen: (host, port, accept, tls?: TlsListen) =>
    listen(host, port, accept, logger, tls && secure.door(tls, accept)),
  secureContext: (material) => secure.context(material),
  datagram,
  addresses: () =>
    Object.values(networkInterfaces())
      .flatMap((of) => of ?? [])
      .map(({ address, family, internal }) => ({
        address,
        family: family === "IPv6" ? (6 as const) : (4 as const),
        internal,
      }))
      .sort((a, b) => Number(a.internal) - Number(b.internal)),
  hostname,
});

/** Garbage collection is counted from the first call of `stats` on: until then nobody asked. */
function processHost(): ProcessHost {
  let collector: PerformanceObserver | undefined;
  let gcMs = 0;
  return {
    variables: process.env,
    args: process.argv.slice(2),
    onSignal(signals, listener) {
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.removeListener(signal, listener);
      };
    },
    exit: (code) => process.exit(code),
    stats() {
      if (!collector) {
        collector = new PerformanceObserver((list) => {
          for (const { duration } of list.getEntries()) gcMs += duration;
        });
        collector.observe({ entryTypes: ["gc"] });
      }
      return { memoryBytes: process.memoryUsage().heapUsed, gcMs };
    },
  };
}

/** What of the real world may be replaced. */
export interface RealEnvironmentOptions {
  /** Default: one line an event to stderr, from `MICRO_LOG_LEVEL` (default `info`) up. */
  readonly logger?: Logger;
}

/**
 * The real world: the machine's sockets, clocks, timers and randomness, and this process. The only
 * place that touches them; everything else is handed an `Environment`.
 */
export function realEnvironment({ logger }: RealEnvironmentOptions = {}): Environment {
  const log =
    logger ??
    lineLogger({
      level: process.env["MICRO_LOG_LEVEL"],
      now: () => clock.now(),
      write: (line) => process.stderr.write(line),
    });
  const sockets = network(log, new SecureSockets(clock, log));
  return { clock, timers, random, network: sockets, files, process: processHost(), logger: log };
}
