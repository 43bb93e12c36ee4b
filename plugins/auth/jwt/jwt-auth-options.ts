/** A set of public keys (RFC 7517, section 5). */
export interface JsonWebKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** Options of {@link jwtAuth}. One of `secret`, `publicKey` and `jwks` says how tokens are verified. */
export interface JwtAuthOptions {
  /** The secret of HMAC: as many bytes as its hash, or more. */
  readonly secret?: string | Uint8Array;
  /** A public key, as SPKI in PEM. */
  readonly publicKey?: string;
  /** The issuer's public keys, or the https address where it publishes them; fetched when needed, and again for new ones. */
  readonly jwks?: string | JsonWebKeySet;
  /** Algorithms that are taken, such as `["ES256"]`; `none` never is. */
  readonly algorithms: readonly string[];
  /** Who must have issued the token: claim `iss`. */
  readonly issuer: string | readonly string[];
  /** Whom the token must be for: claim `aud`, one of these. */
  readonly audience: string | readonly string[];
  /** Milliseconds by which clocks may differ. Default 5,000. */
  readonly clockToleranceMs?: number;
  /** Endpoints that need no token, such as `Debug.Health`. Default: none. */
  readonly open?: readonly string[];
}
