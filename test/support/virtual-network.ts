import { createSecureContext, type SecureContext } from "node:tls";
import type {
  Connection,
  ConnectionServer,
  DatagramOptions,
  DatagramSocket,
  Network,
} from "../../src/base/environment.js";
import type { TlsConnect, TlsListen, TlsMaterial } from "../../src/base/tls.js";
import { systemError, VirtualConnection } from "./virtual-connection.js";
import type { VirtualLoop } from "./virtual-loop.js";
import type { Machine, VirtualDatagrams, VirtualMachines } from "./virtual-machines.js";

const hostPort = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

const noTls = (): Error => new Error("the virtual network carries bytes as they are, without TLS");

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** The network as one process of a machine sees it. */
export class VirtualNetwork implements Network {
  constructor(
    private readonly machines: VirtualMachines,
    private readonly machine: Machine,
    private readonly loop: VirtualLoop,
  ) {}

  /** Waits as long as a partition stands, as a lost first packet does. */
  connect(
    host: string,
    port: number,
    { signal, tls }: { readonly signal?: AbortSignal; readonly tls?: TlsConnect | undefined } = {},
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      if (tls) throw noTls();
      signal?.throwIfAborted();
      const { machines, machine, loop } = this;
      if (loop.ended) return;
      const abort = (): void => reject(signal?.reason as Error);
      signal?.addEventListener("abort", abort, { once: true });
      const target = machines.resolve(machine, host);
      const there = machines.wire(machine, target ?? machine, loop);
      there.tell(`connects to ${hostPort(host, port)}`);
      there.carry(() => {
        const listener = target?.listeners.get(port);
        const back = machines.wire(target ?? machine, machine, listener?.loop ?? loop);
        if (signal?.aborted) return;
        if (!target || !listener || !machines.reaches(listener.host, host)) {
          const refused = systemError("ECONNREFUSED", `connect ${hostPort(host, port)}`);
          back.carry(() =>
            loop.run(() => {
              there.tell(refused.message);
              signal?.removeEventListener("abort", abort);
              reject(refused);
            }),
          );
          return;
        }
        const [near, far] = VirtualConnection.pair(
          { sees: hostPort(host, port), wire: there },
          { sees: hostPort(machine.name, this.takePort()), wire: back },
          (closed) => {
            machine.connections.delete(closed);
            target.connections.delete(closed);
          },
        );
        target.connections.add(far);
        // The system accepts, even while the process stands still.
        listener.loop.run(() => listener.accept(far));
        back.carry(() => {
          if (loop.ended) {
            near.reset();
            return;
          }
          if (!near.closed) machine.connections.add(near);
          loop.run(() => {
            if (signal?.aborted) {
              near.destroy();
              return;
            }
            signal?.removeEventListener("abort", abort);
            resolve(near);
          });
        });
      });
    });
  }

  async listen(
    host: string,
    port: number,
    accept: (connection: Connection) => void,
    tls?: TlsListen,
  ): Promise<ConnectionServer> {
    if (tls) throw noTls();
    const { machine, machines, loop } = this;
    if (loop.ended) return never();
    const at = `listen ${hostPort(host, port)}`;
    if (!machines.owns(machine, host)) throw systemError("EADDRNOTAVAIL", at);
    if (machine.listeners.has(port)) throw systemError("EADDRINUSE", at);
    const bound = port === 0 ? this.takePort() : port;
    const listener = { host, accept, loop };
    machine.listeners.set(bound, listener);
    return {
      port: bound,
      host: host === "" ? "::" : host,
      close: async () => {
        if (machine.listeners.get(bound) === listener) machine.listeners.delete(bound);
      },
    };
  }

  /** For libraries that have sockets of their own; real ones. */
  secureContext({ certificate, key, ca, minVersion }: TlsMaterial): SecureContext {
    return createSecureContext({
      minVersion,
      ...(certificate && { cert: Buffer.from(certificate) }),
      ...(key && { key: Buffer.from(key) }),
      ...(ca && { ca: Buffer.from(ca) }),
    });
  }

  async datagram(options: DatagramOptions): Promise<DatagramSocket> {
    const { machine, loop } = this;
    if (loop.ended) return never();
    const bound = options.port === 0 ? this.takePort() : options.port;
    const taken = [...machine.datagrams].filter((other) => other.bound === bound);
    if (taken.some((other) => !(other.shared && options.shared)))
      throw systemError("EADDRINUSE", `bind 0.0.0.0:${bound}`);
    const socket = { ...options, bound, loop };
    machine.datagrams.add(socket);
    return {
      port: bound,
      send: async (bytes, port, host) => {
        if (loop.ended) return never();
        if (!machine.datagrams.has(socket)) throw new Error("The datagram socket is closed");
        const copy = bytes.slice();
        for (const [target, receiver] of this.receivers(host, port))
          this.sendTo(target, receiver, copy, bound);
      },
      close: async () => void machine.datagrams.delete(socket),
    };
  }

  addresses(): ReturnType<Network["addresses"]> {
    const loopback = { address: "127.0.0.1", family: 4, internal: true } as const;
    const { name } = this.machine;
    if (name.startsWith("127.")) return [loopback];
    return [{ address: name, family: name.includes(":") ? 6 : 4, internal: false }, loopback];
  }

  hostname(): string {
    return this.machine.name;
  }

  /** A datagram is lost, comes twice, or is passed by others, as chance will have it. */
  private sendTo(
    target: Machine,
    receiver: VirtualDatagrams,
    bytes: Uint8Array,
    port: number,
  ): void {
    const { machine, machines, loop } = this;
    const { faults, clock } = machines;
    const [from, to] = [machine.name, target.name];
    const wire = machines.wire(machine, target, loop);
    wire.tell("sends", bytes);
    if (faults.isCut(from, to) || faults.strikes("drop", from, to)) {
      wire.tell("loses it");
      return;
    }
    for (let copies = faults.strikes("duplicate", from, to) ? 2 : 1; copies > 0; copies--) {
      const deliver = (): void => {
        if (!target.datagrams.has(receiver)) return;
        receiver.loop.run(() => receiver.onMessage(bytes.slice(), { host: from, port }));
      };
      const holdMs = faults.holdMs(from, to);
      // A way of its own for each: datagrams pass each other.
      const send = (): void => machines.wire(machine, target, loop).carry(deliver);
      if (holdMs > 0) clock.timers.after(holdMs, send);
      else send();
    }
  }

  /** A group reaches every socket that joined it, an address the newest socket of its port. */
  private receivers(host: string, port: number): (readonly [Machine, VirtualDatagrams])[] {
    const joined = this.machines
      .all()
      .flatMap((target) => [...target.datagrams].map((socket) => [target, socket] as const))
      .filter(([, { multicastGroup, bound }]) => multicastGroup === host && bound === port);
    if (joined.length > 0) return joined;
    const target = this.machines.resolve(this.machine, host);
    const socket = target && [...target.datagrams].filter(({ bound }) => bound === port).at(-1);
    return target && socket ? [[target, socket]] : [];
  }

  private takePort(): number {
    const { machine } = this;
    while (machine.listeners.has(machine.nextPort)) machine.nextPort++;
    return machine.nextPort++;
  }
}
