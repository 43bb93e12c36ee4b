import { afterEach } from "@jest/globals";
import { realEnvironment } from "../../plugins/standard/environment.js";
import { httpTransport } from "../../plugins/transport/http/index.js";
import {
  toMetadata,
  type Environment,
  type LogFields,
  type Logger,
  type RpcError,
  type Socket,
  type TlsOptions,
  type Transport,
} from "../../src/spi.js";

/** What is to be undone after the test, last first. */
export const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** What was logged since the test began. */
export const lines: string[] = [];
afterEach(() => void (lines.length = 0));
const log = (message: string, fields?: LogFields): void =>
  void lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
const logger: Logger = { debug: () => undefined, info: log, warn: log, error: log };
/** The real world, with its log in {@link lines}. */
export const real = (): Environment => realEnvironment({ logger });

/** A transport that is closed after the test. */
export async function transport(tls?: TlsOptions, environment = real()): Promise<Transport> {
  const made = await httpTransport(tls ? { tls } : {}).create(environment);
  ends.push(() => made.close());
  return made;
}

const echo = async (socket: Socket): Promise<void> => {
  const request = await socket.recv();
  if (request) await socket.send({ headers: {}, body: request.body });
  await socket.close();
};

/** An address that echoes, and what its callers were known as. */
export async function listening(tls: TlsOptions | undefined, environment?: Environment) {
  const listener = await (await transport(tls, environment)).listen("127.0.0.1:0");
  const seen: (string | undefined)[] = [];
  listener.accept((socket) => {
    seen.push(socket.certificate?.subject);
    void echo(socket);
  });
  return { address: listener.address, seen };
}

/** One call; the answer's body, or the error that its caller gets. */
export async function call(address: string, tls: TlsOptions | undefined): Promise<string> {
  const client = await (await transport(tls)).dial(address);
  const socket = client.open();
  try {
    await socket.send({ headers: toMetadata({}), body: Buffer.from("hello") });
    const reply = await socket.recv();
    const error = reply?.headers["micro-error"];
    if (error !== undefined) throw Object.assign(new Error(error), JSON.parse(error) as object);
    return Buffer.from(reply!.body).toString();
  } finally {
    await client.close();
  }
}

/** The error of what must fail. */
export const failure = (work: Promise<unknown>): Promise<RpcError> =>
  work.then(
    (value) => {
      throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error as RpcError,
  );
