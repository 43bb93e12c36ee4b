import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { listenBacklog, Unavailable } from "../../../src/spi.js";

/** `host:port`; an IPv6 host stands in brackets, and none at all means every interface. */
const hostAndPort = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/;

/**
 * Binds `host:port` and answers the port. An app that cannot is closed.
 * @throws Unavailable `transport.address-in-use` or `transport.listen-failed`.
 */
export async function listen(app: FastifyInstance, address: string): Promise<number> {
  const [match, bracketed, plain, digits] = hostAndPort.exec(address) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  const bind = (to: string): Promise<unknown> =>
    app.listen({ host: to, port, backlog: listenBacklog });
  try {
    if (match === undefined || port > 65_535) throw new Error("it is no host:port");
    // A machine without IPv6 has every interface under another name.
    await (host ? bind(host) : bind("::").catch(withoutIpv6(() => bind("0.0.0.0"))));
  } catch (cause) {
    await app.close();
    const { code } = cause as { readonly code?: unknown };
    if (code === "EADDRINUSE") {
      throw new Unavailable(`${address} is in use. Stop what listens there, or listen on port 0`, {
        reason: "transport.address-in-use",
        cause,
      });
    }
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new Unavailable(`${address} cannot be listened on: ${text}`, {
      reason: "transport.listen-failed",
      cause,
    });
  }
  return (app.server.address() as AddressInfo).port;
}

const withoutIpv6 =
  (bind: () => Promise<unknown>) =>
  (error: unknown): Promise<unknown> => {
    const { code } = error as { readonly code?: unknown };
    if (code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL") return bind();
    throw error;
  };
