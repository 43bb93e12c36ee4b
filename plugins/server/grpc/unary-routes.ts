import type { IncomingHttpHeaders } from "node:http2";
import {
  fromGrpcType,
  header,
  readGrpcPath,
  toGrpcType,
  unaryTarget,
  type LaneTarget,
  type ServeParts,
} from "../../../src/spi.js";
import { askedType, textIn, typeOf } from "./incoming-call.js";

/** Where plain unary calls of one path and content type go. */
export interface UnaryRoute {
  readonly target: LaneTarget;
  readonly endpoint: string;
  /** Of replies, as gRPC says it. */
  readonly contentType: string;
}

interface Remembered {
  readonly contentType: string | undefined;
  readonly asked: string | undefined;
  readonly route: UnaryRoute | undefined;
}

/** Paths remembered; a peer that invents more costs time, not memory. */
const mostRemembered = 1_000;

/** Finds the handlers that take one request and give one reply. */
export class UnaryRoutes {
  /** By path. */
  readonly #known = new Map<string, Remembered[]>();
  #remembered = 0;

  constructor(private readonly parts: ServeParts) {}

  /** Undefined for streams, and for what nobody serves. */
  of(headers: IncomingHttpHeaders): UnaryRoute | undefined {
    const asked = textIn(headers, askedType);
    const shape = headers[header.shape];
    if (shape !== undefined && shape !== "unary") return undefined;
    const path = headers[":path"] ?? "";
    const contentType = headers["content-type"];
    const known = this.#known.get(path);
    if (known)
      for (const each of known)
        if (each.contentType === contentType && each.asked === asked) return each.route;
    const route = this.#find(path, contentType, asked);
    if (this.#remembered >= mostRemembered) {
      this.#known.clear();
      this.#remembered = 0;
    }
    this.#remembered++;
    const remembered = { contentType, asked, route };
    const beside = this.#known.get(path);
    if (beside) beside.push(remembered);
    else this.#known.set(path, [remembered]);
    return route;
  }

  #find(path: string, type: string | undefined, asked: string | undefined): UnaryRoute | undefined {
    const { router } = this.parts;
    const { service, endpoint } = readGrpcPath(path);
    try {
      const route = router.find(service, endpoint);
      const { replyStream, requestStream } = route.handler;
      if (replyStream || requestStream) return undefined;
      const said = fromGrpcType(type ?? "", asked);
      const contentType = said ?? typeOf(route);
      const target = unaryTarget({ service, endpoint, contentType }, this.parts);
      return { target, endpoint, contentType: toGrpcType(contentType) };
    } catch {
      return undefined; // said in full by who serves what is not plain
    }
  }
}
