import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TlsOptions } from "../../src/base/tls.js";

const folder = join(__dirname, "../fixtures/tls");

/** One of the certificates of `test/fixtures/tls`. */
export type CertificateName =
  | "client"
  | "elsewhere"
  | "expired"
  | "expired-client"
  | "future"
  | "renewed"
  | "server"
  | "stranger-client"
  | "stranger-server";

/** An authority of `test/fixtures/tls`. */
export type AuthorityName = "authority" | "stranger";

/** Its text, in PEM. */
export const certificatePem = (name: CertificateName | AuthorityName): string =>
  readFileSync(join(folder, `${name}.pem`), "utf8");

/** The text of its key. */
export const keyPem = (name: CertificateName): string =>
  readFileSync(join(folder, `${name}.key.pem`), "utf8");

/** Certificate and key. */
export const ownCertificate = (
  name: CertificateName,
): { readonly certificate: string; readonly key: string } => ({
  certificate: certificatePem(name),
  key: keyPem(name),
});

/** Trusts `authority`. */
export const authority = (name: AuthorityName = "authority"): { readonly ca: string } => ({
  ca: certificatePem(name),
});

/** A process that everybody trusts, and that lets in whoever is trusted. */
export const mutualTls: TlsOptions = { ...ownCertificate("server"), ...authority() };

/** The same without asking clients for certificates. */
export const serverTls: TlsOptions = { ...mutualTls, clientCertificate: "none" };
