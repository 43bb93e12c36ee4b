import type { TlsOptions } from "../base/tls.js";

/** Reads one of the process's settings: `text("TLS_CERT")`. */
export interface TlsSettings {
  text(name: string): string | undefined;
}

/**
 * The options with what `MICRO_TLS_CERT`, `MICRO_TLS_KEY` and `MICRO_TLS_CA` say, paths of files that
 * win over what the code says. Undefined without either.
 */
export function withTlsSettings(
  tls: TlsOptions | undefined,
  settings: TlsSettings,
): TlsOptions | undefined {
  const certificateFile = settings.text("TLS_CERT");
  const keyFile = settings.text("TLS_KEY");
  const caFile = settings.text("TLS_CA");
  if (certificateFile === undefined && keyFile === undefined && caFile === undefined) return tls;
  const { certificate, key, ca, ...others } = tls ?? {};
  return {
    ...others,
    ...(certificateFile !== undefined ? { certificateFile } : certificate && { certificate }),
    ...(keyFile !== undefined ? { keyFile } : key && { key }),
    ...(caFile !== undefined ? { caFile } : ca && { ca }),
  };
}
