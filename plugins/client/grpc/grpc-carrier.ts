import type { ClientDuplexStream } from "@grpc/grpc-js";
import {
  Inbox,
  NotImplemented,
  type Attempt,
  type Carrier,
  type RpcError,
} from "../../../src/spi.js";
import { clientClosed, type Channels } from "./channels.js";
import { GrpcWire, type WireParts } from "./grpc-wire.js";

type Call = ClientDuplexStream<Buffer, Buffer>;

const asBytes = (bytes: Buffer): Buffer => bytes;

/** Carries calls over gRPC. */
export class GrpcCarrier implements Carrier {
  constructor(
    private readonly channels: Channels,
    private readonly parts: WireParts,
  ) {}

  async unary(attempt: Attempt): Promise<unknown> {
    const wire = new GrpcWire(attempt, this.parts);
    if (attempt.kind === "client-stream") return this.#clientStream(attempt, wire);
    const body = wire.write(attempt.request);
    const lease = await this.channels.lease(attempt.node.address, attempt.context);
    let untie = (): void => undefined;
    try {
      const metadata = wire.metadata();
      const reply = await new Promise<Buffer>((resolve, reject) => {
        const call = lease.client.makeUnaryRequest(
          wire.path,
          asBytes,
          asBytes,
          body,
          metadata,
          (error, bytes) => {
            if (error) reject(error);
            else resolve(bytes!);
          },
        );
        wire.listen(call);
        lease.onClose(() => {
          reject(clientClosed());
          call.cancel();
        });
        untie = attempt.context.scope.onCancel(() => call.cancel());
      });
      return wire.read(reply);
    } catch (error) {
      throw wire.failure(error);
    } finally {
      untie();
      lease.release();
    }
  }

  async #clientStream(attempt: Attempt, wire: GrpcWire): Promise<unknown> {
    const replies: unknown[] = [];
    for await (const reply of this.#exchange(attempt, wire)) replies.push(reply);
    if (replies.length === 1) return replies[0];
    throw new NotImplemented(
      `${attempt.service} ${attempt.shape.endpoint}: ${replies.length} replies to a call that has one; compare the .proto of both sides`,
      { id: "plugboard.client", reason: "client.reply-count", retry: "never" },
    );
  }

  stream(attempt: Attempt): AsyncIterable<unknown> {
    return this.#exchange(attempt, new GrpcWire(attempt, this.parts));
  }

  async *#exchange(attempt: Attempt, wire: GrpcWire): AsyncGenerator {
    const { scope } = attempt.context;
    const lease = await this.channels.lease(attempt.node.address, attempt.context);
    let untie = (): void => undefined;
    let call: Call | undefined;
    let done = false;
    try {
      const metadata = wire.metadata();
      call = lease.client.makeBidiStreamRequest(wire.path, asBytes, asBytes, metadata);
      const opened = call;
      wire.listen(opened);
      const inbox = new Inbox(opened);
      lease.onClose(() => opened.destroy(clientClosed()));
      untie = scope.onCancel(() => opened.cancel());
      sendRequests(opened, attempt, wire).catch((error: unknown) =>
        scope.cancel(error as RpcError),
      );
      for (;;) {
        const message = await inbox.next();
        if (!message) break;
        yield wire.read(message);
      }
      done = true;
    } catch (error) {
      throw wire.failure(error);
    } finally {
      untie();
      if (!done) call?.cancel();
      lease.release();
    }
  }

  async close(): Promise<void> {
    this.channels.close();
  }
}

/** Rejects only for what goes wrong with the requests themselves; a lost peer is for the replies to tell. */
async function sendRequests(call: Call, attempt: Attempt, wire: GrpcWire): Promise<void> {
  let over = false;
  let stop = (): void => undefined;
  const ended = new Promise<void>((resolve) => (stop = resolve));
  for (const event of ["status", "close"])
    call.once(event, () => {
      over = true;
      stop();
    });
  /** Whether there is somebody to send more to. */
  const send = async (value: unknown): Promise<boolean> => {
    const bytes = wire.write(value);
    const sent = new Promise<void>((resolve) => call.write(bytes, () => resolve()));
    await Promise.race([sent, ended]);
    return !over && !attempt.context.scope.reason;
  };
  if (attempt.kind === "server-stream") await send(attempt.request);
  else
    for await (const request of attempt.request as AsyncIterable<unknown>)
      if (!(await send(request))) return;
  call.end();
}
