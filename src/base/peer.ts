/** What a certificate says of its holder. */
export interface PeerCertificate {
  /** Common name of the subject; empty when it has none. */
  readonly subject: string;
  /** Alternative names of the subject with their kind: `DNS:greeter.local`, `IP:10.0.0.7`, `URI:spiffe://acme/greeter`. */
  readonly names: readonly string[];
  /** SHA-256 of the certificate, in hexadecimal bytes with colons between. */
  readonly fingerprint: string;
  /** Common name of whoever signed it; empty when it has none. */
  readonly issuer: string;
}

/** The process at the other end of the connection over which a call came. */
export interface Peer {
  /** `host:port`, as seen from here. */
  readonly address: string;
  /** Its certificate, if it presented one that was verified; undefined otherwise, and without TLS. */
  readonly certificate: PeerCertificate | undefined;
}

/** The end of a connection, as those who hold one see it. */
export interface PeerEnd {
  readonly remoteAddress: string;
  readonly certificate?: PeerCertificate | undefined;
}

/** The peer at the other end. */
export const peerOf = ({ remoteAddress, certificate }: PeerEnd): Peer => ({
  address: remoteAddress,
  certificate,
});
