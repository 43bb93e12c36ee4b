/** The same service and client over gRPC. */
import { grpcClient } from "plugboard/plugins/client/grpc";
import { grpcServer } from "plugboard/plugins/server/grpc";
import { Greeter } from "./greeter.mjs";
import { pair } from "./pair.mjs";

export const name = "plugboard-grpc";
export const { startServer, connect } = pair({
  serving: { services: [Greeter] },
  engine: (address) => ({ server: grpcServer({ address }), client: grpcClient() }),
});
