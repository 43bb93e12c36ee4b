/** What TLS needs, in PEM. */
export interface EtcdTls {
  /** Certificates of the authorities to trust. Default: the system's. */
  readonly ca?: string | Uint8Array;
  /** This client's certificate, for an etcd that asks for one; `key` goes with it. */
  readonly certificate?: string | Uint8Array;
  /** The private key of `certificate`. */
  readonly key?: string | Uint8Array;
  /** Name that the server's certificate must hold, where that is not the host of the endpoint. */
  readonly serverName?: string;
}
