import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import {
  incomingMetadata,
  readGrpcHeaders,
  type MutableMetadata,
  type Route,
} from "../../../src/spi.js";
import type { Connection } from "./connection.js";

/** A call as it came in. */
export interface IncomingCall {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly connection: Connection;
  /** Bytes of one request. */
  readonly maxMessageBytes: number;
  /** Whether replies go compressed. */
  readonly gzip: boolean;
}

/** Header with the content type that the caller asked for, as go-micro's clients and ours send it. */
export const askedType = "x-content-type";

/** A header that stands for itself; undefined when it is not there. */
export function textIn(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

/** What a handler sees of the headers of a call. */
export function handlersMetadata(headers: IncomingHttpHeaders): MutableMetadata {
  const { [askedType]: _asked, ...others } = readGrpcHeaders(headers);
  return incomingMetadata(others);
}

/** Whoever says nothing means protobuf, unless nothing here is of a declared type. */
export const typeOf = ({ input, output }: Route): string =>
  input || output ? "application/protobuf" : "application/json";
