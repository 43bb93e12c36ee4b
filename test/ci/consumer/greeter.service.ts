import { Handler, NotFound, Service, type Context } from "plugboard";

export interface HelloRequest {
  name: string;
}
export interface HelloReply {
  message: string;
}

@Service({ name: "greeter", version: "1.2.0" })
export class Greeter {
  @Handler({ idempotent: true, timeoutMs: 2_000 }) // wire name: Greeter.Hello
  async hello(request: HelloRequest, context: Context): Promise<HelloReply> {
    if (!request.name) throw new NotFound("nobody to greet"); // arrives at the caller as NotFound
    return { message: `Hello ${request.name} (${context.metadata["micro-from-service"] ?? "?"})` };
  }

  @Handler() // server stream = async generator
  async *countdown(request: { from: number }, context: Context): AsyncIterable<{ n: number }> {
    for (let n = request.from; n > 0 && !context.signal.aborted; n--) yield { n };
  }
}
