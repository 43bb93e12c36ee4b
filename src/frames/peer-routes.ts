import type { LaneStreamTarget, LaneTarget } from "../transport/lane.js";
import type { FrameServerParts } from "./frame-server-parts.js";
import { malformed, maxRoutes } from "./protocol.js";
import { readRoute, type FrameRoute } from "./route-frame.js";

/** What calls of a route are served by. */
export interface Named {
  /** Serves unary calls; undefined for streams. */
  readonly target: LaneTarget | undefined;
  /** Serves streams; undefined for those that need a channel. */
  readonly streams: LaneStreamTarget | undefined;
  readonly route: FrameRoute;
}

/** The routes that a peer has named, by the numbers that it calls them by. */
export class PeerRoutes {
  readonly #routes: Named[] = [];

  constructor(private readonly parts: Pick<FrameServerParts, "lane" | "streams">) {}

  /** Takes a route in. @throws BadRequest `frames.malformed`. */
  add(bytes: Buffer, start: number, end: number): void {
    const { number, route } = readRoute(bytes, start, end);
    if (number !== this.#routes.length) throw malformed("a route out of turn");
    if (number >= maxRoutes) throw malformed(`more than ${maxRoutes} routes`);
    const unary = route.shape === "unary";
    const target = unary ? this.parts.lane(route) : undefined;
    const streams = unary ? undefined : this.parts.streams?.(route);
    this.#routes.push({ route, target, streams });
  }

  /** @throws BadRequest `frames.malformed` for a number without a name. */
  get(number: number): Named {
    const named = this.#routes[number];
    if (!named) throw malformed("a call of a route without a name");
    return named;
  }
}
