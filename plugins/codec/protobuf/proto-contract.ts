import { contract, type EndpointShape, type ServiceContract } from "../../../src/spi.js";
import type { ProtoService } from "./proto-file.js";

/**
 * The contract of a service that a `.proto` declares, for `Client(protoContract<Greeter>("greeter", ...))`
 * and for handlers: methods under their name with a lower first letter, endpoints as go-micro's
 * generator names them. `S` is the caller's word for the types; `generateContract` writes it down.
 */
export function protoContract<S>(service: string, proto: ProtoService): ServiceContract<S> {
  const endpoints: Record<string, EndpointShape> = {};
  for (const { name, input, output, clientStream, serverStream, idempotent } of proto.methods) {
    const property = name.charAt(0).toLowerCase() + name.slice(1);
    endpoints[property] = {
      endpoint: `${proto.name}.${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      path: `/${proto.fullName}/${name}`,
      input,
      output,
      requestStream: clientStream,
      replyStream: serverStream,
      idempotent,
    };
  }
  return contract<S>(service, endpoints);
}
