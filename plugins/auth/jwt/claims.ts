import { ContextValue, type Context } from "../../../src/spi.js";

/** What a token that was verified says (RFC 7519, section 4.1). Times are seconds since 1970. */
export interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly jti?: string;
  readonly [name: string]: unknown;
}

const verified = new ContextValue<Claims>();

/** Keeps the claims of a call. */
export const keepClaims = (context: Context, claims: Claims): void => verified.set(context, claims);

/** What the caller's token says; undefined for a call that needed none. */
export const claimsOf = (context: Context): Claims | undefined => verified.get(context);

/** Its scopes: the words of `scope` (RFC 8693, section 4.2), or of the list `scopes` or `scp`. */
export function scopesOf({ scope, scopes, scp }: Claims): readonly string[] {
  const said = scope ?? scopes ?? scp;
  if (typeof said === "string") return said.split(" ").filter(Boolean);
  return Array.isArray(said) ? said.filter((each) => typeof each === "string") : [];
}
