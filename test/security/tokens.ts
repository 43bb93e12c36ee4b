import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";

const issuer = "https://issuer.test";
const audience = "greeter";

/** An issuer with a key, and the tokens that it and others make. */
export async function tokenOffice() {
  const own = await generateKeyPair("ES256", { extractable: true });
  const other = await generateKeyPair("ES256");
  const publicKey = await exportSPKI(own.publicKey);
  const jwks = { keys: [{ ...(await exportJWK(own.publicKey)), alg: "ES256", kid: "1" }] };
  const build = (claims: Record<string, unknown>) =>
    new SignJWT({ iss: issuer, aud: audience, sub: "ann", scope: "read", ...claims })
      .setProtectedHeader({ alg: "ES256", kid: "1" })
      .setIssuedAt();
  const sign = (claims: Record<string, unknown> = {}, expires = "1h"): Promise<string> =>
    build(claims).setExpirationTime(expires).sign(own.privateKey);
  const good = await sign();
  const [head = "", payload = ""] = good.split(".");
  return {
    issuer,
    audience,
    publicKey,
    jwks,
    sign,
    /** Everything that must not get anybody in, and how it is answered. */
    bad: {
      "no token": [undefined, "auth.missing"],
      "another scheme": ["Basic YW5uOnNlY3JldA==", "auth.invalid"],
      "no token at all": ["Bearer nonsense", "auth.invalid"],
      "a token without its signature": [`Bearer ${head}.${payload}.`, "auth.invalid"],
      "a signature of another key": [
        `Bearer ${await build({}).setExpirationTime("1h").sign(other.privateKey)}`,
        "auth.invalid",
      ],
      "an expired token": [`Bearer ${await sign({}, "1 minute ago")}`, "auth.expired"],
      "a token for later": [`Bearer ${await sign({ nbf: 4_102_444_800 })}`, "auth.invalid"],
      "a token for somebody else": [`Bearer ${await sign({ aud: "billing" })}`, "auth.invalid"],
      "a token of another issuer": [
        `Bearer ${await sign({ iss: "https://x.test" })}`,
        "auth.invalid",
      ],
      "a token without an end": [`Bearer ${await build({}).sign(own.privateKey)}`, "auth.invalid"],
      "algorithm none": [
        `Bearer ${new UnsecuredJWT({ iss: issuer, aud: audience }).setExpirationTime("1h").encode()}`,
        "auth.invalid",
      ],
      "the public key as a secret": [
        `Bearer ${await new SignJWT({ iss: issuer, aud: audience })
          .setProtectedHeader({ alg: "HS256" })
          .setExpirationTime("1h")
          .sign(Buffer.from(publicKey))}`,
        "auth.invalid",
      ],
    } satisfies Record<string, readonly [string | undefined, string]>,
  };
}

/** Names of the bad tokens, for tables of tests. */
export const badTokens = [
  "no token",
  "another scheme",
  "no token at all",
  "a token without its signature",
  "a signature of another key",
  "an expired token",
  "a token for later",
  "a token for somebody else",
  "a token of another issuer",
  "a token without an end",
  "algorithm none",
  "the public key as a secret",
] as const;
