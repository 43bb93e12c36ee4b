import { constants, type ServerHttp2Stream } from "node:http2";

/** Refuses a call for which nothing has been done: every client of gRPC may make it again elsewhere. */
export function turnAway(stream: ServerHttp2Stream): void {
  stream.close(constants.NGHTTP2_REFUSED_STREAM);
}
