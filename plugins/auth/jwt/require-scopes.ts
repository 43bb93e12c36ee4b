import { requireText, type Interceptor } from "../../../src/spi.js";
import { scopeMissing, tokenMissing } from "./auth-errors.js";
import { claimsOf, scopesOf } from "./claims.js";
import { fromBroker } from "./from-broker.js";

/**
 * A layer for one handler, or all of a class, that lets through whoever's token has every one of the
 * scopes: `@Use(requireScopes("greeter:read"))`. Stands inside {@link jwtAuth}; without it nobody gets
 * through. Events that a broker delivers pass. It throws Forbidden `auth.scope`, and Unauthorized `auth.missing` for a call without claims.
 * @throws OptionError without a scope.
 */
export function requireScopes(...scopes: readonly [string, ...string[]]): Interceptor {
  for (const scope of [...scopes, ...(scopes.length === 0 ? [""] : [])])
    requireText("requireScopes", scope);
  return (next) => async (call) => {
    if (fromBroker(call)) return next(call);
    const claims = claimsOf(call.context);
    if (!claims) throw tokenMissing(call.endpoint);
    const had = scopesOf(claims);
    const missing = scopes.filter((scope) => !had.includes(scope));
    if (missing.length > 0) throw scopeMissing(call.endpoint, missing);
    return next(call);
  };
}
