import type { ServerCredentials } from "@grpc/grpc-js";
import type { TlsCredentials, TlsMaterial } from "../../../src/spi.js";
import type { GrpcModule } from "./load-grpc.js";

/** Milliseconds that a peer has for its handshake. */
const handshakeMs = 10_000;

/** OpenSSL's SSL_OP_NO_TICKET: a resumed session would carry on what is not trusted any more. */
const noTickets = 0x4000;

/** Credentials of a server, which follow the renewals of `tls`. */
export function tlsServerCredentials(
  { ServerCredentials: Plain }: GrpcModule,
  tls: TlsCredentials,
): ServerCredentials {
  const { clientCertificate } = tls;
  class RenewedCredentials extends Plain {
    constructor() {
      super(
        {
          requestCert: clientCertificate !== "none",
          rejectUnauthorized: clientCertificate === "required",
          handshakeTimeout: handshakeMs,
        },
        contextOptions(tls.material),
      );
      tls.onChange((material) => this.updateSecureContextOptions(contextOptions(material)));
    }

    override _equals(other: ServerCredentials): boolean {
      return this === other;
    }
  }
  return new RenewedCredentials();
}

/** All of it is said again with every renewal: Node forgets what is not. */
const contextOptions = ({ certificate, key, ca, minVersion }: TlsMaterial) => ({
  minVersion,
  secureOptions: noTickets,
  ...(certificate && { cert: Buffer.from(certificate) }),
  ...(key && { key: Buffer.from(key) }),
  ...(ca && { ca: Buffer.from(ca) }),
});
