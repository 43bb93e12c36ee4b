import {
  tlsFailure,
  Unauthorized,
  Unavailable,
  type Connection,
  type Environment,
  type RpcError,
  type TlsConnect,
  type TlsCredentials,
} from "../../../src/spi.js";

const id = "plugboard.client";

/** Milliseconds in which a server says its first word: HTTP/2 begins with its settings. */
const firstWordMs = 1_000;

/** For a look at whether TLS is spoken at all. */
const anybody: TlsConnect = {
  material: { certificate: undefined, key: undefined, ca: undefined, minVersion: "TLSv1.2" },
  serverName: undefined,
  verify: false,
};

/**
 * Why there is no connection to `address`, as far as TLS is to blame, found by another connection: for
 * servers that hang up without a word. Never rejects.
 */
export async function blameTls(
  address: string,
  environment: Environment,
  tls: TlsCredentials | undefined,
): Promise<RpcError | undefined> {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  const wanted = { ...(tls?.connect() ?? anybody), protocols: ["h2"] };
  const attempt = new AbortController();
  const timer = environment.timers.after(firstWordMs, () => attempt.abort());
  try {
    const { signal } = attempt;
    const port = Number(address.slice(colon + 1));
    const connection = await environment.network.connect(host, port, { signal, tls: wanted });
    const refused = tls && (await isRefused(connection, signal));
    connection.destroy();
    if (!tls) return tlsSpoken(address);
    if (refused) return tlsFailure(address, refused, id) ?? certificateRefused(address, refused);
    return undefined;
  } catch (error) {
    const failure = tlsFailure(address, error, id);
    if (!tls) return failure?.code === 401 ? tlsSpoken(address) : undefined;
    // The files may know better by now; then the next attempt does.
    if (failure) await tls.refresh();
    return failure;
  } finally {
    timer.cancel();
  }
}

/** With TLS 1.3 a server refuses a certificate after the client has finished: it hangs up without a word. */
const isRefused = (connection: Connection, signal: AbortSignal): Promise<Error | undefined> =>
  new Promise((resolve) => {
    const hungUp = new Error("it hung up after the handshake");
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    connection.listen({
      data: () => resolve(undefined),
      end: () => resolve(hungUp),
      close: (error) => resolve(error ?? hungUp),
    });
  });

const certificateRefused = (address: string, cause: Error): RpcError =>
  new Unauthorized(
    `${address} does not accept this side's certificate, or misses one: it hangs up after the handshake. Set tls.certificate and tls.key to one that its authorities signed`,
    { id, reason: "transport.certificate-required", retry: "never", cause },
  );

const tlsSpoken = (address: string): RpcError =>
  new Unavailable(`${address} speaks TLS. Set grpcClient({ tls })`, {
    id,
    reason: "transport.tls-required",
    retry: "safe",
  });
