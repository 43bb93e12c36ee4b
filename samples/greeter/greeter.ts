import { Handler, NotFound, Service, type Context } from "plugboard";

export interface HelloRequest {
  name: string;
}
export interface HelloReply {
  greeting: string;
}

@Service({ name: "greeter", version: "1.2.0" })
export class Greeter {
  // Reachable as Greeter.Hello. Idempotent: callers may try again on another node.
  @Handler({ idempotent: true })
  async hello(request: HelloRequest, context: Context): Promise<HelloReply> {
    if (!request.name) throw new NotFound("nobody to greet"); // arrives at the caller as NotFound
    const caller = context.metadata["micro-from-service"] ?? "somebody";
    return { greeting: `Hello ${request.name}, says ${caller}` };
  }

  // An async generator answers with a stream; leaving the loop at the caller ends it here.
  @Handler()
  async *countdown(request: { from: number }, context: Context): AsyncIterable<{ n: number }> {
    for (let n = request.from; n > 0 && !context.signal.aborted; n--) yield { n };
  }
}
