import type { RpcError } from "../base/error.js";
import { Unauthorized, Unavailable } from "../base/errors.js";

/** Words for what is wrong with a certificate, by the codes of OpenSSL and Node. */
const faults: Readonly<Record<string, readonly [reason: string, what: string, advice: string]>> = {
  CERT_HAS_EXPIRED: ["transport.certificate-expired", "has expired", "Renew it, or set the clock"],
  CERT_NOT_YET_VALID: [
    "transport.certificate-not-yet-valid",
    "is not valid yet",
    "Set the clock, or wait",
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "transport.certificate-wrong-host",
    "is not for this address",
    "Put the address or a common name into the certificates, and set tls.serverName to that name",
  ],
};

/** Codes of a certificate without a way to an authority that is trusted, and of one that may not serve. */
const untrusted =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|ERROR_IN_CERT_)/;

/** Alerts by which a peer says that it does not take this side's certificate, or misses it. */
const refusedHere =
  /ALERT_(CERTIFICATE_REQUIRED|UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)|alert (certificate|unknown ca|bad certificate|access denied)/i;

/** What OpenSSL says of bytes that are no TLS. */
const noTls =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|wrong version number|packet length too long|http request/i;

interface SystemError {
  readonly code: string;
  readonly message: string;
}

function read(cause: unknown): SystemError {
  const { code, message } = (cause ?? {}) as {
    readonly code?: unknown;
    readonly message?: unknown;
  };
  return {
    code: typeof code === "string" ? code : "",
    message: typeof message === "string" ? message : "",
  };
}

/**
 * The error of a TLS connection to `address` that did not come about, or broke off because a
 * certificate was refused; undefined when TLS is not to blame.
 *
 * What is wrong with one node is safe to try on another. What is wrong with this side's certificate is
 * wrong everywhere.
 */
export function tlsFailure(address: string, cause: unknown, id: string): RpcError | undefined {
  const { code, message } = read(cause);
  const node = (reason: string, detail: string): RpcError =>
    new Unavailable(detail, { id, reason, retry: "safe", cause });
  const fault = faults[code];
  if (fault) {
    const [reason, what, advice] = fault;
    return node(reason, `the certificate of ${address} ${what} (${message}). ${advice}`);
  }
  if (untrusted.test(code))
    return node(
      "transport.certificate-untrusted",
      `the certificate of ${address} is not trusted (${code}). Set tls.ca to the authority that signed it`,
    );
  const isTls = /^(ERR_SSL_|ERR_TLS_)/.test(code) || /SSL routines|secure TLS/.test(message);
  if (!isTls) return undefined;
  const text = `${code} ${message}`;
  if (noTls.test(text))
    return node(
      "transport.not-tls",
      `${address} speaks no TLS. Set tls there, or leave it out here`,
    );
  if (refusedHere.test(text))
    return new Unauthorized(
      `${address} does not accept this side's certificate, or misses one (${code}). Set tls.certificate and tls.key to one that its authorities signed`,
      { id, reason: "transport.certificate-required", retry: "never", cause },
    );
  return node(
    "transport.tls-failed",
    `TLS with ${address} did not come about (${code}: ${message}). Look at the log of the other side: whether it has a certificate, wants one of its clients, and speaks this version of TLS`,
  );
}

/** Why a client is not let in; `code` is what verification came to, undefined for one without a certificate. */
export const clientRefused = (code: string | undefined): RpcError =>
  new Unauthorized(
    code === undefined
      ? "a client certificate is required here, and none came. Set tls.certificate and tls.key"
      : `the client's certificate is not accepted here (${code}). Use a valid one of an authority that this server trusts`,
    { id: "plugboard.tls", reason: "transport.certificate-required", retry: "never" },
  );

/** Says that somebody who speaks no TLS has come where it is spoken. */
export const tlsRequired = (): RpcError =>
  new Unavailable("TLS is spoken here. Set tls, such as httpTransport({ tls: { caFile } })", {
    id: "plugboard.tls",
    reason: "transport.tls-required",
    retry: "safe",
  });
