import { ok } from "node:assert/strict";
import {
  RpcError,
  toErrorCode,
  type DialOptions,
  type Listener,
  type ListenOptions,
  type Message,
  type Socket,
  type TransportClient,
} from "../../../src/spi.js";
import type { TransportHarness } from "./harness.js";

/** A message of text. */
export const message = (body = "", headers: Readonly<Record<string, string>> = {}): Message => ({
  headers,
  body: new TextEncoder().encode(body),
});

/** The body of a message as text; `(end)` for none. */
export const text = (from: Message | undefined): string =>
  from ? new TextDecoder().decode(from.body) : "(end)";

/** Fails with `what` if the promise takes longer than the harness has patience. */
export async function soon<T>(
  { patienceMs = 5_000 }: TransportHarness,
  what: string,
  promise: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${patienceMs} ms`)), patienceMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A promise and its resolver. */
export function signal<T = void>(): {
  readonly heard: Promise<T>;
  readonly give: (value: T) => void;
} {
  let give!: (value: T) => void;
  const heard = new Promise<T>((resolve) => (give = resolve));
  return { heard, give };
}

/** Listens; a handler that fails has lost its channel, which is for the other side to notice. */
export async function serve(
  { transport, address }: TransportHarness,
  handler: (socket: Socket) => Promise<void>,
  options?: ListenOptions,
): Promise<Listener> {
  const listener = await transport.listen(address, options);
  listener.accept((socket) => void handler(socket).catch(() => undefined));
  return listener;
}

/** Answers the request with itself. */
export async function echo(socket: Socket): Promise<void> {
  const request = await socket.recv();
  if (request) await socket.send(request);
  await socket.close();
}

/** Dials what listens. */
export const dial = (
  { transport }: TransportHarness,
  { address }: Listener,
  options?: DialOptions,
): Promise<TransportClient> => transport.dial(address, options);

/** One unary call. */
export async function call(
  harness: TransportHarness,
  client: TransportClient,
  request: Message,
): Promise<Message> {
  const socket = client.open();
  await soon(harness, "sending a request", socket.send(request));
  const reply = await soon(harness, "the reply", socket.recv());
  await socket.close();
  ok(reply, "the channel ended without a reply");
  return reply;
}

/** What a promise rejected with. */
export async function failure(
  harness: TransportHarness,
  what: string,
  promise: Promise<unknown>,
): Promise<RpcError> {
  let error: unknown;
  try {
    await soon(harness, what, promise);
  } catch (caught) {
    error = caught;
  }
  ok(error instanceof RpcError, `${what}: expected an RpcError, got ${String(error)}`);
  return error;
}

/**
 * The code with which a unary request is refused: that of the error that `send` or `recv` throw, or
 * that of a reply which is an error.
 */
export async function refusalOf(
  harness: TransportHarness,
  client: TransportClient,
  request: Message,
): Promise<number> {
  const socket = client.open();
  try {
    await soon(harness, "sending a request", socket.send(request));
    const reply = await soon(harness, "the refusal", socket.recv());
    const error = reply?.headers["micro-error"];
    ok(error !== undefined, "the request was not refused");
    return toErrorCode((JSON.parse(error) as { readonly code: number }).code);
  } catch (error) {
    if (error instanceof RpcError) return error.code;
    throw error;
  } finally {
    await socket.close();
  }
}

/**
 * Resolves when `progress` has stood still while another client of the same transport made a
 * hundred calls: the way to see that something does not happen without waiting for a time to pass.
 */
export async function standstill(harness: TransportHarness, progress: () => number): Promise<void> {
  const listener = await serve(harness, echo);
  const client = await dial(harness, listener);
  for (let still = 0, last = progress(); still < 100; still++) {
    await call(harness, client, message("tick"));
    if (progress() !== last) still = -1;
    last = progress();
  }
  await client.close();
  await listener.close();
}
