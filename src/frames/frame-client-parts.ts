import type { Timers } from "../base/environment.js";
import type { RpcError } from "../base/error.js";
import type { TransportClient } from "../transport/transport.js";
import type { BufferPool } from "./buffer-pool.js";

/** What the dialling side of a connection works with. */
export interface FrameClientParts {
  readonly timers: Timers;
  readonly pool: BufferPool;
  /** Milliseconds of silence, while something is awaited, after which the peer is asked for a sign of life. */
  readonly quietMs: number;
  readonly address: string;
  /** What the peer is told in `Micro-From-Service`. */
  readonly from: string;
  readonly maxMessageBytes: number;
  /** Bytes of what a handler says beside its replies. */
  readonly maxHeaderBytes: number;
  /** A better word for why the connection broke, where there is one. */
  readonly failure?: ((cause: Error) => RpcError | undefined) | undefined;
  /** Called once when it is closed. */
  readonly onClosed: (client: TransportClient) => void;
}
