/** connect-node over HTTP/2. */
import { createServer } from "node:http2";
import { connectPeer } from "./connect-peer.mjs";

export const name = "connect-h2";
export const { startServer, connect } = connectPeer(createServer, { httpVersion: "2" });
