import {
  errorStatus,
  type Connection,
  type ConnectionServer,
  type Environment,
  type ErrorCode,
  type RpcError,
  type Timer,
  type TlsListen,
} from "../../../src/spi.js";
import type { Address } from "./address.js";
import { HttpReader, HttpSyntaxError, type HttpLimits, type HttpMessage } from "./http-exchange.js";

/** An answer: 200 without a body, or an error with go-micro's JSON. */
export interface DoorAnswer {
  readonly status: 200 | ErrorCode;
  readonly detail?: string;
}

/** Bounds on who comes through the door. */
export interface DoorLimits extends HttpLimits {
  /** Milliseconds for one whole request, from its first byte. */
  readonly requestTimeoutMs: number;
  /** Milliseconds without a request. */
  readonly idleTimeoutMs: number;
  readonly maxConnections: number;
}

/** Milliseconds for what was answered last to reach a peer before its connection is dropped. */
const lingerMs = 1_000;

/** A small HTTP/1.1 server: one request at a time on each kept connection. */
export class HttpDoor {
  private readonly visitors = new Set<Visitor>();
  private server: ConnectionServer | undefined;

  constructor(
    private readonly environment: Pick<Environment, "network" | "timers">,
    private readonly limits: DoorLimits,
    private readonly answer: (request: HttpMessage) => DoorAnswer,
    private readonly tls?: TlsListen,
  ) {}

  /** Binds. @throws the system's error. */
  async open({ host, port }: Address): Promise<Address> {
    const welcome = (connection: Connection): void => {
      if (this.visitors.size >= this.limits.maxConnections) connection.destroy();
      else this.welcome(connection);
    };
    this.server = await this.environment.network.listen(host, port, welcome, this.tls);
    return { host: this.server.host, port: this.server.port };
  }

  /** Takes no more and drops all connections: a request is answered as soon as it is whole. */
  async close(): Promise<void> {
    await this.server?.close();
    for (const visitor of this.visitors) visitor.leave();
  }

  private welcome(connection: Connection): void {
    const gone = (): void => void this.visitors.delete(visitor);
    const visitor = new Visitor(
      connection,
      this.environment.timers,
      this.limits,
      this.answer,
      gone,
    );
    this.visitors.add(visitor);
  }
}

class Visitor {
  private readonly reader: HttpReader;
  private timer: Timer | undefined;
  private waitingFor: "request" | "rest" | "nothing" | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly timers: Environment["timers"],
    private readonly limits: DoorLimits,
    private readonly answer: (request: HttpMessage) => DoorAnswer,
    private readonly gone: () => void,
  ) {
    this.reader = new HttpReader("request", limits);
    connection.listen({
      data: (bytes) => this.read(bytes),
      drain: () => connection.resume(),
      end: () => this.leave(),
      close: () => {
        this.timer?.cancel();
        gone();
      },
    });
    this.wait("request", limits.idleTimeoutMs);
  }

  /** Sends what is written, then drops the connection. */
  leave(): void {
    if (this.waitingFor === "nothing") return;
    this.wait("nothing", lingerMs);
    this.connection.end();
  }

  private read(bytes: Uint8Array): void {
    if (this.waitingFor === "nothing") return;
    try {
      let whole = 0;
      this.reader.push(bytes);
      for (let request = this.reader.next(); request; request = this.reader.next()) {
        this.write(this.answer(request), request.keepAlive);
        whole += 1;
        if (!request.keepAlive) {
          this.leave();
          return;
        }
      }
      if (!this.reader.begun) this.wait("request", this.limits.idleTimeoutMs);
      else if (whole > 0 || this.waitingFor !== "rest")
        this.wait("rest", this.limits.requestTimeoutMs);
    } catch (error) {
      const status = error instanceof HttpSyntaxError ? error.status : 500;
      this.write({ status, detail: error instanceof Error ? error.message : "" }, false);
      this.leave();
    }
  }

  private wait(what: "request" | "rest" | "nothing", ms: number): void {
    this.timer?.cancel();
    this.waitingFor = what;
    const late = (): void => {
      if (what === "rest") {
        this.write({ status: 408, detail: "the request did not arrive in time" }, false);
        this.leave();
      } else if (what === "request") this.leave();
      else {
        this.connection.destroy();
        this.gone();
      }
    };
    this.timer = this.timers.after(ms, late, { background: true });
  }

  private write(answer: DoorAnswer, keepAlive: boolean): void {
    if (!this.connection.write(answerBytes(answer, keepAlive))) this.connection.pause(); // who does not read is not read from
  }
}

function answerBytes({ status, detail = "" }: DoorAnswer, keepAlive: boolean): Uint8Array {
  const text = status === 200 ? "OK" : errorStatus[status];
  const body = Buffer.from(
    status === 200
      ? ""
      : JSON.stringify({ id: "go.micro.broker", code: status, detail, status: text }),
  );
  const head =
    `HTTP/1.1 ${status} ${text}\r\n` +
    (status === 405 ? "Allow: POST\r\n" : "") +
    (status === 200 ? "" : "Content-Type: application/json\r\n") +
    `Content-Length: ${body.length}\r\n${keepAlive ? "" : "Connection: close\r\n"}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

/** The last words for a peer that is not let in. */
export const refusal = ({ code, detail }: RpcError): Uint8Array =>
  answerBytes({ status: code, detail }, false);
