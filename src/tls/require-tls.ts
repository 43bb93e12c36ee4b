import { OptionError, requirePositive, requireText } from "../base/options.js";
import type { TlsOptions } from "../base/tls.js";

const choices = {
  clientCertificate: ["required", "requested", "none"],
  minVersion: ["TLSv1.2", "TLSv1.3"],
} as const;

/** Checks options before anything is read. `option` is their path, such as `httpTransport.tls`. @throws OptionError */
export function requireTls(option: string, tls: TlsOptions): TlsOptions {
  for (const name of ["certificate", "key", "ca"] as const) {
    const file = tls[`${name}File`];
    if (file !== undefined) requireText(`${option}.${name}File`, file);
    if (tls[name] !== undefined && file !== undefined)
      throw new OptionError(`${option}.${name} and ${option}.${name}File are two of one: give one`);
  }
  if (has(tls, "certificate") !== has(tls, "key"))
    throw new OptionError(`${option}.certificate and ${option}.key go together`);
  for (const name of ["clientCertificate", "minVersion"] as const) {
    const value: string | undefined = tls[name];
    const allowed: readonly string[] = choices[name];
    if (value !== undefined && !allowed.includes(value))
      throw new OptionError(
        `${option}.${name} must be one of ${allowed.join(", ")}, got ${JSON.stringify(value)}`,
      );
  }
  const { clientCertificate = "none", serverName, reloadMs } = tls;
  // Node's authorities sign for everybody: that somebody has a certificate of theirs says nothing.
  if (clientCertificate !== "none" && !has(tls, "ca"))
    throw new OptionError(
      `${option}.clientCertificate "${clientCertificate}" needs ${option}.ca or caFile: the authorities of the clients`,
    );
  if (serverName !== undefined) requireText(`${option}.serverName`, serverName);
  if (reloadMs !== undefined) requirePositive(`${option}.reloadMs`, reloadMs);
  return tls;
}

const has = (tls: TlsOptions, name: "certificate" | "key" | "ca"): boolean =>
  tls[name] !== undefined || tls[`${name}File`] !== undefined;
