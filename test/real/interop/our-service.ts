import { join } from "node:path";
import {
  createService,
  RpcError,
  rpcServer,
  topic,
  type Context,
  type EndpointShape,
  type PlainService,
  type Plugins,
} from "plugboard";
import { loadProtoFile } from "plugboard/plugins/codec/protobuf";
import { toErrorCode } from "plugboard/spi";
import { realWorld } from "../support/real-world.js";

const proto = loadProtoFile(join(__dirname, "../go/interop.proto"));

/** How the endpoints of `interop.proto` are called. */
export const endpoints: Readonly<Record<string, EndpointShape>> = Object.fromEntries(
  proto.service("Interop").methods.map((method) => [
    method.name,
    {
      endpoint: `Interop.${method.name}`,
      input: method.input,
      output: method.output,
      requestStream: method.clientStream,
      replyStream: method.serverStream,
    },
  ]),
);

/** The event of `interop.proto`. */
export interface Note {
  readonly text: string;
  readonly number: number;
}

/** A topic of notes. */
export const notes = (name: string) => topic<Note>(name, proto.message("Note") as never);

/** What our service did, for the tests to look at. */
export interface Seen {
  readonly notes: Note[];
  /** Calls of `Sleep` whose context ended before they did. */
  cutShort: number;
}

/** Our own service, with the handlers that the programs in Go have. */
export interface OurService extends AsyncDisposable {
  readonly service: PlainService;
  readonly seen: Seen;
}

/** Starts it. */
export async function startOurService(
  name: string,
  plugins: Plugins,
  { serve = true, subscriptions = [] }: { serve?: boolean; subscriptions?: readonly string[] } = {},
): Promise<OurService> {
  const { environment } = realWorld();
  const seen: Seen = { notes: [], cutShort: 0 };
  const service = createService({
    name,
    version: "1.0.0",
    environment,
    plugins: { server: rpcServer({ address: "127.0.0.1:0" }), ...plugins },
  });
  if (serve) addHandlers(service, seen);
  for (const name of subscriptions)
    service.subscribe(notes(name), ({ data }) => seen.notes.push(data));
  await service.start();
  return {
    service,
    seen,
    [Symbol.asyncDispose]: async () => {
      await service.stop();
    },
  };
}

function addHandlers(service: PlainService, seen: Seen): void {
  const handle = (name: string, handler: (request: never, context: Context) => unknown): void => {
    const { endpoint, ...shape } = endpoints[name] ?? { endpoint: "" };
    service.handle(endpoint, handler, shape);
  };
  handle("Hello", ({ name }: { name: string }) => ({ greeting: `Hello ${name}` }));
  handle("Echo", (blob: { content: Uint8Array }) => blob);
  handle("Fail", ({ id, code, detail }: { id: string; code: number; detail: string }) => {
    throw new RpcError(toErrorCode(code), detail, { id });
  });
  handle(
    "Sleep",
    ({ milliseconds }: { milliseconds: number }, { signal }: Context) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve({ greeting: "slept" }), milliseconds);
        signal.addEventListener("abort", () => {
          seen.cutShort += 1;
          clearTimeout(timer);
          resolve({ greeting: "cut short" });
        });
      }),
  );
  handle("Metadata", ({ keys }: { keys: readonly string[] }, { metadata }: Context) => ({
    pairs: Object.fromEntries(keys.map((key) => [key, metadata[key.toLowerCase()] ?? ""])),
  }));
  handle("Countdown", async function* ({ from }: { from: number }) {
    for (let number = from; number > 0; number -= 1) yield { number };
  });
  handle("Chat", async function* (requests: AsyncIterable<{ name: string }>) {
    for await (const { name } of requests) yield { greeting: `Hello ${name}` };
  });
}
