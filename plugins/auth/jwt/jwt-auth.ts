import type { JWTVerifyOptions } from "jose";
import {
  OptionError,
  requireText,
  requireWhole,
  RpcError,
  type Call,
  type Clock,
  type Interceptor,
} from "../../../src/spi.js";
import { tokenExpired, tokenInvalid, tokenMissing } from "./auth-errors.js";
import { keepClaims, type Claims } from "./claims.js";
import { fromBroker } from "./from-broker.js";
import type { JwtAuthOptions } from "./jwt-auth-options.js";
import { loadJose } from "./load-jose.js";
import { requireKeys, tokenKeys } from "./token-keys.js";

type Verify = (token: string, endpoint: string) => Promise<Claims>;

/**
 * A layer for servers that lets a call through with a good bearer token alone: metadata
 * `authorization: Bearer <JSON Web Token>`, signed, not expired, from the issuer and for the audience
 * that are named. The handler finds what it says by `claimsOf(context)`.
 *
 * Events that a broker delivers pass, since who may publish is the broker's to say; those that somebody
 * posts straight to the server need a token as calls do.
 *
 * The layer throws Unauthorized `auth.missing`, `auth.invalid` and `auth.expired`, Unavailable
 * `auth.keys-unreachable`, and NotImplemented `plugin.package-missing` without the package jose.
 * @throws OptionError for options that make no sense.
 */
export function jwtAuth(options: JwtAuthOptions): Interceptor {
  requireKeys(options);
  const { clockToleranceMs = 5_000, open = [] } = options;
  requireWhole("jwtAuth.clockToleranceMs", clockToleranceMs);
  for (const name of ["issuer", "audience"] as const) requireTexts(name, options[name]);
  const needless = new Set(open);
  let made: Promise<Verify> | undefined;
  return (next, { clock }) =>
    async (call) => {
      if (needless.has(call.endpoint) || fromBroker(call)) return next(call);
      const token = tokenOf(call);
      const verify = await (made ??= verifier(options, clockToleranceMs, clock));
      keepClaims(call.context, await verify(token, call.endpoint));
      return next(call);
    };
}

function requireTexts(name: string, value: string | readonly string[] | undefined): void {
  const texts = typeof value === "string" ? [value] : (value ?? []);
  if (texts.length === 0) throw new OptionError(`jwtAuth.${name} must be named`);
  for (const text of texts) requireText(`jwtAuth.${name}`, text);
}

function tokenOf({ endpoint, metadata }: Call): string {
  const said = metadata["authorization"];
  if (!said) throw tokenMissing(endpoint);
  const token = /^bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(said)?.[1];
  if (token === undefined) throw tokenInvalid(endpoint, "authorization is not Bearer <token>");
  return token;
}

async function verifier(
  options: JwtAuthOptions,
  clockToleranceMs: number,
  clock: Clock,
): Promise<Verify> {
  const jose = await loadJose();
  const keys = await tokenKeys(jose, options);
  const { algorithms, issuer, audience } = options;
  const wanted: JWTVerifyOptions = {
    algorithms: [...algorithms],
    issuer: typeof issuer === "string" ? issuer : [...issuer],
    audience: typeof audience === "string" ? audience : [...audience],
    clockTolerance: clockToleranceMs / 1_000,
    requiredClaims: ["exp"], // a token without an end could never be taken back
  };
  return async (token, endpoint) => {
    try {
      const currentDate = new Date(clock.now());
      const { payload } = await jose.jwtVerify(token, keys, { ...wanted, currentDate });
      return payload;
    } catch (error) {
      if (error instanceof RpcError) throw error;
      if (error instanceof jose.errors.JWTExpired) throw tokenExpired(endpoint, error);
      if (error instanceof jose.errors.JOSEError)
        throw tokenInvalid(endpoint, error.message, error);
      throw error;
    }
  };
}
