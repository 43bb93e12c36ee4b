import type { LaneRoute } from "../transport/lane.js";
import type { FrameWriter } from "./frame-writer.js";
import { maxRoutes } from "./protocol.js";
import { writeRoute, type FrameRoute } from "./route-frame.js";

/** The numbers of the routes that a peer was told. */
export class ClientRoutes {
  /** By their identity, as far as they are remembered. */
  readonly #known = new Map<LaneRoute, number>();
  /** By what they say. */
  readonly #named = new Map<string, number>();

  /** `full` says that there is no room for another; it throws. */
  constructor(
    private readonly frames: FrameWriter,
    private readonly full: () => never,
  ) {}

  /** The number of a route. @throws what `full` throws. */
  of(route: LaneRoute): number {
    return this.#known.get(route) ?? this.#name(route);
  }

  #name(route: LaneRoute): number {
    const { service, endpoint, contentType, shape = "unary" } = route;
    const number = this.tell({ service, endpoint, contentType, shape });
    if (this.#known.size < maxRoutes) this.#known.set(route, number);
    return number;
  }

  /** The same by what it says; the peer is told if it does not know it. */
  tell(route: FrameRoute): number {
    const key = JSON.stringify([route.service, route.endpoint, route.contentType, route.shape]);
    let number = this.#named.get(key);
    if (number !== undefined) return number;
    number = this.#named.size;
    if (number >= maxRoutes) this.full();
    writeRoute(this.frames, number, route);
    this.#named.set(key, number);
    return number;
  }
}
