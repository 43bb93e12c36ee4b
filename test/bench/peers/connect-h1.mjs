/** connect-node over HTTP/1.1, with connections that are kept. */
import { Agent, createServer } from "node:http";
import { connectPeer } from "./connect-peer.mjs";

export const name = "connect-h1";
export const { startServer, connect } = connectPeer(createServer, {
  httpVersion: "1.1",
  nodeOptions: { agent: new Agent({ keepAlive: true }) },
});
