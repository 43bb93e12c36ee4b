import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { readPeerCertificate, type Peer } from "../../../src/spi.js";

const known = new WeakMap<Socket, Peer>();

/** Who is at the other end, read once: a connection that has closed does not tell any more. */
export function connectionPeer(socket: Socket): Peer {
  let peer = known.get(socket);
  if (!peer) {
    peer = { address: addressOf(socket), certificate: certificateOf(socket) };
    known.set(socket, peer);
  }
  return peer;
}

/** `host:port`, an IPv6 host in brackets, an IPv4 host in IPv6 clothes without them. */
export function addressOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  const host =
    remoteAddress.startsWith("::ffff:") && remoteAddress.includes(".")
      ? remoteAddress.slice(7)
      : remoteAddress;
  return host.includes(":") ? `[${host}]:${remotePort}` : `${host}:${remotePort}`;
}

function certificateOf(socket: Socket): Peer["certificate"] {
  if (!("encrypted" in socket)) return undefined;
  const secured = socket as TLSSocket;
  return secured.authorized ? readPeerCertificate(secured.getPeerCertificate()) : undefined;
}
