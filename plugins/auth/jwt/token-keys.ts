import type { JWTVerifyGetKey } from "jose";
import { OptionError } from "../../../src/spi.js";
import { keysUnreachable } from "./auth-errors.js";
import type { JwtAuthOptions } from "./jwt-auth-options.js";
import type { JoseModule } from "./load-jose.js";

/** Bytes that a secret must have: as many as its hash (RFC 7518, section 3.2). */
const secretBytes: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };

const asymmetric = /^(RS|PS|ES)(256|384|512)$|^(EdDSA|Ed25519)$/;

/** Checks that keys and algorithms belong together. @throws OptionError */
export function requireKeys({ secret, publicKey, jwks, algorithms }: JwtAuthOptions): void {
  const given = [secret, publicKey, jwks].filter((each) => each !== undefined);
  if (given.length !== 1)
    throw new OptionError("jwtAuth needs exactly one of secret, publicKey and jwks");
  if (!(algorithms as readonly string[] | undefined)?.length)
    throw new OptionError('jwtAuth.algorithms must name one algorithm or more, such as ["ES256"]');
  for (const algorithm of algorithms) {
    const least = secretBytes[algorithm];
    // Who may choose between a secret and a public key could sign with the public one.
    if (secret !== undefined ? least === undefined : !asymmetric.test(algorithm))
      throw new OptionError(
        `jwtAuth.algorithms: ${JSON.stringify(algorithm)} does not go with ${secret === undefined ? "public keys; name RS, PS, ES or EdDSA ones" : "a secret; name HS256, HS384 or HS512"}`,
      );
    if (secret !== undefined && Buffer.byteLength(secret) < least!)
      throw new OptionError(`jwtAuth.secret must have ${least} bytes or more for ${algorithm}`);
  }
  if (publicKey !== undefined && !publicKey.includes("-----BEGIN PUBLIC KEY-----"))
    throw new OptionError("jwtAuth.publicKey must be SPKI in PEM: -----BEGIN PUBLIC KEY-----");
  if (typeof jwks === "string") requireUrl(jwks);
}

function requireUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const local = url && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url?.protocol !== "https:" && !(url?.protocol === "http:" && local))
    throw new OptionError(
      `jwtAuth.jwks must be an https address, or http on this machine, got ${JSON.stringify(text)}`,
    );
}

/** What finds the key of a token. */
export async function tokenKeys(
  { importSPKI, createLocalJWKSet, createRemoteJWKSet, errors }: JoseModule,
  { secret, publicKey, jwks, algorithms }: JwtAuthOptions,
): Promise<JWTVerifyGetKey> {
  if (secret !== undefined) {
    const bytes = Buffer.from(secret as Uint8Array);
    return async () => bytes;
  }
  if (publicKey !== undefined) {
    const keys = new Map<string, Awaited<ReturnType<typeof importSPKI>>>();
    for (const algorithm of algorithms) keys.set(algorithm, await importSPKI(publicKey, algorithm));
    return async ({ alg }) => keys.get(alg)!;
  }
  if (typeof jwks !== "string") return createLocalJWKSet({ keys: [...jwks!.keys] });
  const remote = createRemoteJWKSet(new URL(jwks));
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      const ofTheToken =
        error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported;
      throw ofTheToken ? error : keysUnreachable(jwks, error);
    }
  };
}
