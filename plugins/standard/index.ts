import { rpcClient, rpcServer, rpcService, type Standard } from "../../src/spi.js";
import { httpBroker } from "../broker/http/index.js";
import { grpcFramedCodec } from "../codec/grpc-framed/index.js";
import { jsonCodec } from "../codec/json/index.js";
import { jsonRpcCodec } from "../codec/json-rpc/index.js";
import { octetStreamCodec } from "../codec/octet-stream/index.js";
import { protoRpcCodec } from "../codec/proto-rpc/index.js";
import { protobufCodec } from "../codec/protobuf/index.js";
import { mdnsRegistry } from "../registry/mdns/index.js";
import { powerOfTwoSelector } from "../selector/power-of-two/index.js";
import { httpTransport } from "../transport/http/index.js";
import { realEnvironment } from "./environment.js";
import { findPlugin } from "./find-plugin.js";

/** The defaults, nothing else. */
export const standard: Standard = {
  plugins: {
    transport: httpTransport(),
    codec: [
      protobufCodec(),
      jsonCodec(),
      jsonRpcCodec({ body: jsonCodec() }),
      protoRpcCodec({ body: protobufCodec() }),
      octetStreamCodec(),
      grpcFramedCodec({ body: protobufCodec() }),
      grpcFramedCodec({ body: jsonCodec() }),
    ],
    registry: mdnsRegistry(),
    selector: powerOfTwoSelector(),
    broker: httpBroker(),
    client: rpcClient(),
    server: rpcServer(),
    service: rpcService(),
  },
  environment: () => realEnvironment(),
  find: findPlugin,
};
