import type { Timers } from "../base/environment.js";
import type { Logger } from "../base/logger.js";
import type { LaneHandler, LaneStreamHandler } from "../transport/lane.js";
import type { Socket } from "../transport/transport.js";
import type { BufferPool } from "./buffer-pool.js";

/** What the accepting side of a connection works with. */
export interface FrameServerParts {
  readonly timers: Timers;
  readonly logger: Logger;
  readonly pool: BufferPool;
  readonly maxMessageBytes: number;
  readonly maxHeaderBytes: number;
  /** Looks a route of unary calls up. */
  readonly lane: LaneHandler;
  /** Looks a route of streams up; left out where all streams need channels. */
  readonly streams?: LaneStreamHandler | undefined;
  /** Takes the channel of a stream that needs one. */
  readonly accept: (socket: Socket) => void;
  /** Called once when the connection is gone. */
  readonly onClosed: () => void;
}
