export { bearer, type BearerOptions } from "./bearer.js";
export { claimsOf, scopesOf, type Claims } from "./claims.js";
export { jwtAuth } from "./jwt-auth.js";
export type { JsonWebKeySet, JwtAuthOptions } from "./jwt-auth-options.js";
export { requireScopes } from "./require-scopes.js";
