import { Forbidden, Unauthorized, Unavailable, type RpcError } from "../../../src/spi.js";

/** 401: a call without a token. */
export const tokenMissing = (endpoint: string): RpcError =>
  new Unauthorized(
    `${endpoint} needs a token, and none came. Send metadata authorization: Bearer <token>, such as with the interceptor bearer(...)`,
    { reason: "auth.missing", retry: "never" },
  );

/** 401: a token that was good, once. */
export const tokenExpired = (endpoint: string, cause: unknown): RpcError =>
  new Unauthorized(`${endpoint}: the token has expired. Get a new one`, {
    reason: "auth.expired",
    retry: "never",
    cause,
  });

/** 401: a token that this service does not take. */
export const tokenInvalid = (endpoint: string, why: string, cause?: unknown): RpcError =>
  new Unauthorized(
    `${endpoint}: the token is not accepted: ${why}. Get one for this service from the issuer that it trusts`,
    { reason: "auth.invalid", retry: "never", ...(cause === undefined ? {} : { cause }) },
  );

/** 403: a good token that does not go far enough. */
export const scopeMissing = (endpoint: string, scopes: readonly string[]): RpcError =>
  new Forbidden(`${endpoint} needs the scope ${scopes.join(" ")}. Ask for it with the token`, {
    reason: "auth.scope",
    retry: "never",
  });

/** 503: nobody can say whether the token is good. */
export const keysUnreachable = (from: string, cause: unknown): RpcError =>
  new Unavailable(
    `the keys of ${from} cannot be fetched, and without them no token can be verified. Look at the issuer`,
    { reason: "auth.keys-unreachable", cause },
  );
