import type { IOptions } from "etcd3";
import type { Environment } from "../../../src/spi.js";
import type { EtcdTls } from "./etcd-tls.js";

/** What all clients of a registry have in common. */
export interface ClientSettings {
  readonly user: { readonly name: string; readonly password: string } | undefined;
  readonly tls: EtcdTls | undefined;
  /** Milliseconds that a member may take before the next one is asked. */
  readonly memberTimeoutMs: number;
}

type FaultHandling = NonNullable<IOptions["faultHandling"]>;
type Policy = NonNullable<FaultHandling["global"]>;

/** Bytes of one answer. A page of a listing, or what a watch missed, is far below. */
const maxAnswerBytes = 67_108_864;

const noEvent = () => ({ dispose: () => undefined });

/** cockatiel's policy that does nothing: what to do about a failure is decided here. */
const noPolicy = {
  onSuccess: noEvent,
  onFailure: noEvent,
  execute: async (run, signal = new AbortController().signal) => run({ signal }),
} as Omit<Policy, "_altReturn"> as Policy;

/** How etcd3 shall work. */
export function clientOptions(
  address: string,
  { tls }: ClientSettings,
  { random }: Environment,
): IOptions {
  const scheme = tls ? "https" : "http";
  const serverName = tls?.serverName;
  return {
    hosts: `${scheme}://${address}`,
    faultHandling: { global: noPolicy, host: () => noPolicy },
    ...(tls && { credentials: credentials(tls) }),
    grpcOptions: {
      // A connection that has died in silence is noticed within 15 s. etcd takes a ping every 5 s.
      "grpc.keepalive_time_ms": 10_000,
      "grpc.keepalive_timeout_ms": 5_000,
      "grpc.initial_reconnect_backoff_ms": 200,
      "grpc.max_reconnect_backoff_ms": 1_000,
      "grpc.max_receive_message_length": maxAnswerBytes,
      "grpc.enable_http_proxy": 0,
      "grpc.service_config_disable_resolution": 1,
      ...(serverName === undefined ? {} : { "grpc.ssl_target_name_override": serverName }),
      ...(serverName === undefined ? {} : { "grpc.default_authority": serverName }),
      // gRPC shares connections between clients with equal options. A new client shall have a new one.
      "plugboard.client": random.uuid(),
    },
  };
}

/** etcd3's type asks for the authorities, gRPC does not. */
function credentials({ ca, certificate, key }: EtcdTls): NonNullable<IOptions["credentials"]> {
  return {
    rootCertificate: bytes(ca),
    ...(certificate !== undefined && { certChain: bytes(certificate) }),
    ...(key !== undefined && { privateKey: bytes(key) }),
  } as NonNullable<IOptions["credentials"]>;
}

const bytes = (pem: string | Uint8Array | undefined): Buffer | undefined =>
  pem === undefined ? undefined : Buffer.from(pem as Uint8Array);
