import type { RpcError } from "./error.js";

/** Text or bytes in PEM. */
export type Pem = string | Uint8Array;

/** What a server asks of its clients: a certificate that it trusts, one if they have it, or nothing. */
export type ClientCertificate = "required" | "requested" | "none";

/** The least version of TLS that is spoken. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/**
 * TLS of a plugin that dials or listens. Each of certificate, key and authorities is given as PEM or as
 * the path of a file; files are read again while the process runs, so that certificates can be renewed
 * without a restart. `{}` verifies servers against Node's authorities.
 */
export interface TlsOptions {
  /**
   * This side's certificate, followed by those between it and its authority. A listening side needs
   * one; a dialling side where the servers ask for it. `key` goes with it.
   */
  readonly certificate?: Pem;
  /** The private key of the certificate, without a passphrase. */
  readonly key?: Pem;
  /**
   * Certificates of the authorities to trust, instead of Node's. The dialling side verifies servers
   * with them, the listening side clients.
   */
  readonly ca?: Pem;
  /** Path of a file with `certificate`. */
  readonly certificateFile?: string;
  /** Path of a file with `key`. */
  readonly keyFile?: string;
  /** Path of a file with `ca`. */
  readonly caFile?: string;
  /** Milliseconds between two looks at the files. Default 5,000. */
  readonly reloadMs?: number;
  /**
   * The name that every server's certificate must hold, where it is not the host of the address that
   * is dialled. Nodes are mostly registered by IP address, which then must be in their certificates.
   */
  readonly serverName?: string;
  /** Default: `required` with authorities (`ca` or `caFile`), `none` without. */
  readonly clientCertificate?: ClientCertificate;
  /** Default `TLSv1.2`. */
  readonly minVersion?: TlsVersion;
  /**
   * Dials servers whatever their certificate, so that anybody in between can read and change
   * everything. Logged as a warning. Default false.
   */
  readonly insecureSkipVerify?: boolean;
}

/** Certificate, key and authorities as they are now, in PEM. A renewed one is another object. */
export interface TlsMaterial {
  readonly certificate: Uint8Array | undefined;
  readonly key: Uint8Array | undefined;
  readonly ca: Uint8Array | undefined;
  readonly minVersion: TlsVersion;
}

/** TLS of one connection that is opened. */
export interface TlsConnect {
  readonly material: TlsMaterial;
  /** What the server's certificate must hold; the host when left out. */
  readonly serverName: string | undefined;
  /** False: whatever it holds, whoever signed it. */
  readonly verify: boolean;
  /** Protocols to offer (ALPN), such as `h2`. Default: none. */
  readonly protocols?: readonly string[];
}

/** TLS of the connections that are accepted at an address. */
export interface TlsListen {
  /** What the next connection is served with. */
  material(): TlsMaterial;
  readonly clientCertificate: ClientCertificate;
  /**
   * The last words for a peer that is not let in: one that speaks no TLS, or whose certificate is
   * missing or not trusted. Nothing that it sends is read.
   */
  refuse(error: RpcError): Uint8Array;
}
