import { setMaxListeners } from "node:events";
import type { IWatchResponse } from "etcd3";
import type { RpcError } from "../../../src/spi.js";
import type { WatchCall } from "./etcd-client.js";
import { isUnreachable, unreachable } from "./grpc-status.js";
import type { KeyRange } from "./keys.js";
import { orAborted } from "./limit.js";

/** What to watch. */
export interface WatchRequest extends KeyRange {
  /** The first change to tell of. */
  readonly revision: bigint;
  /** Hears of changes. */
  readonly heard: (response: IWatchResponse) => void;
}

/**
 * How a watch came to its end: `lost` with its stream, to be taken up where it was; `refused` by
 * etcd, which may have forgotten what was missed.
 */
export type WatchEnd = "lost" | "refused";

/** A running watch. */
export interface Attachment {
  /** How far etcd was when the watch began. */
  readonly revision: bigint;
  readonly ended: Promise<WatchEnd>;
  /** Ends the watch; nothing is heard afterwards. */
  cancel(): void;
}

interface Watching {
  readonly heard: (response: IWatchResponse) => void;
  readonly end: (how: WatchEnd) => void;
}

interface Creation {
  readonly id: string;
  readonly request: WatchRequest;
  readonly created: (attachment: Attachment) => void;
  readonly abandoned: boolean;
}

/** Many watches on one stream. */
export class WatchStream {
  readonly #watching = new Map<string, Watching>();
  /** Watches that etcd has not begun yet, in the order in which it was asked. */
  readonly #creations: Creation[] = [];
  #lastId = 0;
  readonly #ended = new AbortController();

  constructor(
    private readonly call: WatchCall,
    private readonly member: { readonly address: string; readonly heardAt: number },
    /** Told once when the stream ends; without an error when the last watch on it has ended. */
    private readonly over: (error: RpcError | undefined) => void,
  ) {
    setMaxListeners(0, this.#ended.signal);
    call.stream.on("data", (response) => this.#hear(response));
    call.stream.on("error", () => this.#fail());
    call.stream.on("end", () => this.close(call.failure()));
  }

  get ended(): boolean {
    return this.#ended.signal.aborted;
  }

  /** When anything was last heard of the member, on the monotonic clock. */
  get heardAt(): number {
    return this.member.heardAt;
  }

  /** Begins a watch. @throws when the stream ends, or the signal aborts, before etcd has begun it. */
  async attach(request: WatchRequest, signal: AbortSignal): Promise<Attachment> {
    const id = String((this.#lastId += 1));
    const { key, rangeEnd, revision } = request;
    let abandon = (): void => {};
    const created = new Promise<Attachment>((resolve) => {
      const creation = { id, request, created: resolve, abandoned: false };
      abandon = () => (creation.abandoned = true);
      this.#creations.push(creation);
    });
    this.call.stream.write({
      create_request: { key, range_end: rangeEnd, start_revision: String(revision), watch_id: id },
    });
    try {
      return await orAborted(orAborted(created, this.#ended.signal), signal);
    } catch (error) {
      abandon();
      throw error;
    }
  }

  /** Ends the stream and every watch on it. */
  close(error?: RpcError): void {
    if (this.ended) return;
    this.over(error);
    this.#ended.abort(error ?? unreachable(this.member.address, "the watch stream has ended"));
    this.call.cancel();
    for (const { end } of this.#watching.values()) end("lost");
    this.#watching.clear();
  }

  #fail(): void {
    const error = this.call.failure();
    if (!isUnreachable(error)) this.call.refused();
    this.close(error);
  }

  #hear(response: IWatchResponse): void {
    const { watch_id: id, created, canceled, cancel_reason: reason, events } = response;
    if (this.ended) return;
    if (created && canceled) {
      // So are watches refused for want of a valid token.
      this.call.refused();
      this.close(unreachable(this.member.address, `watch refused: ${reason}`));
      return;
    }
    if (created) this.#begin(response);
    if (canceled) {
      this.#watching.get(id)?.end("refused");
      this.#forget(id);
    } else if (events.length > 0) this.#watching.get(id)?.heard(response);
  }

  #begin({ watch_id: id, header }: IWatchResponse): void {
    // etcd before 3.4 numbers watches itself, in the order in which it was asked.
    const asked = this.#creations.findIndex((each) => each.id === id);
    const [creation] = this.#creations.splice(Math.max(0, asked), 1);
    if (!creation) return;
    const { request, created, abandoned } = creation;
    const cancel = (): void => {
      if (!this.#watching.has(id)) return;
      this.call.stream.write({ cancel_request: { watch_id: id } });
      this.#forget(id);
    };
    const ended = new Promise<WatchEnd>((end) =>
      this.#watching.set(id, { heard: request.heard, end }),
    );
    if (abandoned) cancel();
    else created({ revision: BigInt(header.revision), ended, cancel });
  }

  #forget(id: string): void {
    this.#watching.delete(id);
    if (this.#watching.size === 0 && this.#creations.length === 0) this.close();
  }
}
