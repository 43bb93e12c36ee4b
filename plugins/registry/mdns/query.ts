import { Canceled, type Environment } from "../../../src/spi.js";
import type { DnsMessage } from "./dns-message.js";

/** A question under way and what came in for it. */
export class Query {
  readonly messages: DnsMessage[] = [];
  #stop: (() => void) | undefined;

  constructor(
    /** The name asked for. */
    readonly name: string,
    private readonly environment: Environment,
  ) {}

  /** Keeps the message if it answers this question. */
  take(message: DnsMessage): void {
    if (message.answers.some(({ name }) => name === this.name)) this.messages.push(message);
  }

  /**
   * Asks, asks again at half time if nobody answered (packets get lost), and waits to the end of
   * the window.
   * @throws Canceled on abort, and what `ask` throws the first time.
   */
  async run(
    ask: () => Promise<void>,
    windowMs: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { timers, logger } = this.environment;
    const again = (): void => {
      if (this.messages.length > 0) return;
      void ask().catch((error: unknown) =>
        logger.debug("mdns: not asked again", { error: String(error) }),
      );
    };
    const half = timers.after(windowMs / 2, again);
    let whole: ReturnType<typeof timers.after> | undefined;
    let abort: (() => void) | undefined;
    try {
      const over = new Promise<void>((resolve, reject) => {
        this.#stop = resolve;
        whole = timers.after(windowMs, resolve);
        abort = () => reject(new Canceled("canceled", { cause: signal?.reason }));
        signal?.addEventListener("abort", abort, { once: true });
      });
      await Promise.all([ask(), over]);
    } finally {
      half.cancel();
      whole?.cancel();
      if (abort) signal?.removeEventListener("abort", abort);
    }
  }

  /** Ends the wait at once. */
  stop(): void {
    this.#stop?.();
  }
}
