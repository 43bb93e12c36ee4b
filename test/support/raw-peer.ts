import type { Connection, Environment } from "../../src/spi.js";

/** The bare end of a connection, for tests that speak byte by byte. Text is latin1: a letter a byte. */
export class RawPeer {
  /** Everything that arrived. */
  received = "";
  /** True when the other side has sent its last. */
  ended = false;
  closed = false;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly connection: Connection) {
    connection.listen({
      data: (bytes) => {
        this.received += Buffer.from(bytes).toString("latin1");
        this.changed();
      },
      end: () => {
        this.ended = true;
        this.changed();
      },
      close: () => {
        this.closed = this.ended = true;
        this.changed();
      },
    });
  }

  /** Connects to `host:port`. */
  static async connect(environment: Environment, address: string): Promise<RawPeer> {
    const [host = "", port = ""] = address.split(":");
    return new RawPeer(await environment.network.connect(host, Number(port)));
  }

  /** Writes bytes; false when the connection holds back. */
  send(text: string): boolean {
    return this.connection.write(Buffer.from(text, "latin1"));
  }

  end(): void {
    this.connection.end();
  }

  destroy(): void {
    this.connection.destroy();
  }

  pause(): void {
    this.connection.pause();
  }

  resume(): void {
    this.connection.resume();
  }

  /** Resolves with everything received once it contains `text`. */
  async until(text: string): Promise<string> {
    await this.when(() => this.received.includes(text));
    return this.received;
  }

  /** Resolves with everything received once the other side has ended. */
  async untilEnd(): Promise<string> {
    await this.when(() => this.ended);
    return this.received;
  }

  private when(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!holds()) return;
        this.waiting.delete(check);
        resolve();
      };
      this.waiting.add(check);
      check();
    });
  }

  private changed(): void {
    for (const check of [...this.waiting]) check();
  }
}
