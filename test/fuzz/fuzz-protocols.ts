import { brokerClient } from "./protocols/broker-client.js";
import { brokerServer } from "./protocols/broker-server.js";
import type { ClientProtocol } from "./protocols/client-protocol.js";
import { framesClient } from "./protocols/frames-client.js";
import { framesServer } from "./protocols/frames-server.js";
import { grpcClientProtocol } from "./protocols/grpc-client.js";
import { grpcServerProtocol } from "./protocols/grpc-server.js";
import { httpClientProtocol } from "./protocols/http-client.js";
import { httpServerProtocol } from "./protocols/http-server.js";
import { mucpClient } from "./protocols/mucp-client.js";
import { mucpServer } from "./protocols/mucp-server.js";
import type { ServerProtocol } from "./protocols/server-protocol.js";

/** How inputs come to the process under fire: over TCP, over UDP, or as answers to its own calls. */
export type Way =
  | { readonly over: "tcp"; readonly protocol: ServerProtocol }
  | { readonly over: "udp" }
  | { readonly over: "answers"; readonly protocol: ClientProtocol };

/** A protocol and the side of it that is attacked. */
export interface FuzzProtocol {
  /** As the command names it. */
  readonly name: string;
  readonly title: string;
  /** Module and argument of the process under fire. */
  readonly target: readonly [file: string, argument: string];
  /** Module and argument of the honest side: who calls the server, or whom the client calls. */
  readonly honest: readonly [file: string, argument: string];
  readonly way: Way;
}

const server = (title: string, name: string, way: Way): FuzzProtocol => ({
  name,
  title,
  target: ["server-target", name],
  honest: ["witness", name],
  way,
});
const client = (title: string, name: string, protocol: ClientProtocol): FuzzProtocol => ({
  name: `${name}-client`,
  title,
  target: ["client-target", name],
  honest: ["server-target", name],
  way: { over: "answers", protocol },
});

/** All protocols by the name that the command takes. */
export const fuzzProtocols: Readonly<Record<string, FuzzProtocol>> = {
  mucp: server("mucp over HTTP/1.1, server", "mucp", { over: "tcp", protocol: mucpServer }),
  frames: server("frames, server", "frames", { over: "tcp", protocol: framesServer }),
  grpc: server("gRPC, server", "grpc", { over: "tcp", protocol: grpcServerProtocol }),
  http: server("plain HTTP, server", "http", { over: "tcp", protocol: httpServerProtocol }),
  broker: server("http broker, receiver", "broker", { over: "tcp", protocol: brokerServer }),
  mdns: server("mdns registry", "mdns", { over: "udp" }),
  "mucp-client": client("mucp over HTTP/1.1, client", "mucp", mucpClient),
  "frames-client": client("frames, client", "frames", framesClient),
  "grpc-client": client("gRPC, client", "grpc", grpcClientProtocol),
  "http-client": client("plain HTTP, client", "http", httpClientProtocol),
  "broker-client": client("http broker, publisher", "broker", brokerClient),
};
