import type { Environment, RpcError } from "../../../src/spi.js";
import type { EtcdLink } from "./etcd-link.js";
import { closedError } from "./grpc-status.js";
import { orAborted } from "./limit.js";
import { WatchStream, type Attachment, type WatchRequest } from "./watch-stream.js";

/** The one stream for a registry's watches: opened for the first, closed after the last. */
export class WatchHub {
  #stream: Promise<WatchStream> | undefined;

  constructor(
    private readonly link: EtcdLink,
    private readonly environment: Environment,
  ) {}

  /** Begins a watch within the request timeout. @throws Unavailable, Canceled, or what etcd says. */
  async attach(request: WatchRequest, signal: AbortSignal): Promise<Attachment> {
    const startedAt = this.environment.clock.monotonic();
    const bound = this.link.limit(undefined, signal);
    let stream: WatchStream | undefined;
    try {
      bound.signal.throwIfAborted();
      do stream = await orAborted((this.#stream ??= this.#open()), bound.signal);
      while (stream.ended);
      const attachment = await stream.attach(request, bound.signal);
      this.link.succeeded();
      return attachment;
    } catch (error) {
      const late = bound.signal.aborted && !signal.aborted;
      if (late && stream && stream.heardAt < startedAt) stream.close(error as RpcError);
      throw error;
    } finally {
      bound.end();
    }
  }

  /** Ends the stream, and with it every watch. */
  async close(): Promise<void> {
    const stream = await this.#stream?.catch(() => undefined);
    stream?.close(closedError());
  }

  async #open(): Promise<WatchStream> {
    const { client } = this.link;
    const bound = this.link.limit();
    try {
      return new WatchStream(await client.watch(bound.signal), client, (error) => {
        this.#stream = undefined;
        if (!error || this.link.closing.aborted) return;
        this.environment.logger.debug("etcd: watch stream lost", { error: error.detail });
        this.link.leave(client);
      });
    } catch (error) {
      this.#stream = undefined;
      // In vain, but not late: a token may still be on its way.
      if (!bound.signal.aborted) this.link.leave(client);
      throw error;
    } finally {
      bound.end();
    }
  }
}
