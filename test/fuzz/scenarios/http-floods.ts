import { httpBytes, httpParts } from "../wire/http-message.js";
import { mucpPost } from "../protocols/mucp-server.js";
import { flooded, type Flood } from "./flood.js";
import type { Scenario } from "./scenario.js";

const headers = Buffer.from("X-Flood: " + "y".repeat(60) + "\r\n");
const start = Buffer.from("POST / HTTP/1.1\r\nHost: h\r\n");

const plain = (path: string, body: string, more: Readonly<Record<string, string>> = {}): Buffer =>
  httpBytes(
    httpParts(
      `POST ${path} HTTP/1.1`,
      { Host: "h", "Content-Type": "application/json", ...more },
      body,
    ),
  );

const flood = (title: string, target: string, more: Partial<Flood>): Scenario =>
  flooded({
    title,
    target,
    connections: 100,
    reads: true,
    refuses: true,
    forMs: 2_000,
    mostRssMib: 400,
    limit: "",
    ...more,
  });

/** More of everything than is taken, over HTTP/1.1. */
export const httpFloods: readonly Scenario[] = [
  ...["mucp", "http", "broker"].map((target) =>
    flood(`${target}: headers without end`, target, {
      opening: () => start,
      pours: () => headers,
      leastClosed: 100,
      limit: "maxHeaderBytes 16384",
    }),
  ),
  ...["mucp", "http", "broker"].map((target) =>
    flood(`${target}: a body without end`, target, {
      opening: () =>
        Buffer.from(
          "POST /T/Echo HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nMicro-Endpoint: T.Echo\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
      pours: () => Buffer.from(`400\r\n${"x".repeat(1_024)}\r\n`),
      leastClosed: 100,
      limit: "maxMessageBytes 65536",
    }),
  ),
  flood("mucp: chunks of one byte", "mucp", {
    connections: 20,
    opening: () => Buffer.from("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"),
    pours: () => Buffer.from("1\r\nx\r\n".repeat(1_000)),
    leastClosed: 20,
    limit: "maxMessageBytes 65536",
  }),
  flood("mucp: requests of calls that wait, pipelined", "mucp", {
    pours: () => httpBytes(mucpPost("T.Wait", "{}")),
    limit: "32 calls of a connection, maxConcurrentCalls 1000",
  }),
  flood("plain HTTP: requests of calls that wait, pipelined", "http", {
    connections: 20,
    pours: () => plain("/T/Wait", "{}"),
    limit: "maxConcurrentCalls 1000",
  }),
  flood("mucp: large replies that nobody reads", "mucp", {
    connections: 200,
    pours: () => httpBytes(mucpPost("T.Large", '{"bytes":1000000}')),
    reads: false,
    mostRssMib: 700,
    limit: "paused when the peer takes no more",
  }),
  flood("plain HTTP: large replies that nobody reads", "http", {
    connections: 200,
    pours: () => plain("/T/Large", '{"bytes":1000000}'),
    reads: false,
    mostRssMib: 700,
    limit: "paused when the peer takes no more",
  }),
  flood("broker: answers that nobody reads", "broker", {
    pours: () => plain("/none", "{}"),
    reads: false,
    limit: "paused when the peer takes no more",
  }),
  flood("plain HTTP: a body that says it is gzip", "http", {
    pours: () => plain("/T/Echo", "{}", { "Content-Encoding": "gzip" }),
    limit: "415: nothing is unpacked",
  }),
  ...["mucp", "http"].map((target) =>
    flood(`${target}: connections over the limit`, target, {
      connections: 1_500,
      limits: { FUZZ_MAX_CONNECTIONS: "500" },
      leastClosed: 1_000,
      limit: "maxConnections 500",
    }),
  ),
];
