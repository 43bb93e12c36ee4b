import type { ServerOptions } from "node:https";
import type { SecureContextOptions } from "node:tls";
import type { TlsCredentials, TlsMaterial } from "../../../src/spi.js";

/** Milliseconds that a peer has for its handshake. */
export const handshakeMs = 10_000;

/** OpenSSL's SSL_OP_NO_TICKET: a resumed session would carry on what is not trusted any more. */
const noTickets = 0x4000;

/** How Node serves TLS. Who is not let in is refused by the gate, with words. */
export const tlsServerOptions = ({
  clientCertificate,
  material,
}: TlsCredentials): ServerOptions => ({
  ...tlsContextOptions(material),
  requestCert: clientCertificate !== "none",
  rejectUnauthorized: false,
  handshakeTimeout: handshakeMs,
});

/** What handshakes are made with; all of it is said again with every renewal. */
export const tlsContextOptions = ({
  certificate,
  key,
  ca,
  minVersion,
}: TlsMaterial): SecureContextOptions => ({
  minVersion,
  secureOptions: noTickets,
  ...(certificate && { cert: Buffer.from(certificate) }),
  ...(key && { key: Buffer.from(key) }),
  ...(ca && { ca: Buffer.from(ca) }),
});
