import { readFileSync } from "node:fs";

/** How to start a program: by itself, or in a Docker image. */
export interface Startable {
  readonly command: readonly string[];
  /** The image to run it in. */
  readonly docker?: string;
}

/** A Kafka server's Java program. */
export interface KafkaJars {
  readonly java: string;
  readonly classpath: string;
}

/** Paths of the programs of gRPC's and Connect's own suites. */
export interface ConformancePrograms {
  /** `google.golang.org/grpc/interop/client`. */
  readonly interopClient: string;
  /** `google.golang.org/grpc/interop/server`. */
  readonly interopServer: string;
  /** `connectrpc.com/conformance/cmd/connectconformance`. */
  readonly connectConformance: string;
  /** The folder that Connect's `.proto` files are named from. */
  readonly connectProtos: string;
}

/** What this run may use. */
export interface Provisioned {
  readonly etcd: Partial<Startable> & { readonly addresses?: readonly string[] };
  readonly kafka: Readonly<Record<string, KafkaJars>> & {
    readonly addresses?: readonly string[];
  };
  /** Paths of the programs in Go, by major version: `v1`, `v2`, ... */
  readonly go: Readonly<Record<string, string>>;
  readonly conformance: ConformancePrograms;
}

/** What `npm run test:real` got for this run. @throws when a test is run in another way. */
export function provisioned(): Provisioned {
  const file = process.env["PLUGBOARD_REAL"];
  if (!file)
    throw new Error("these tests need servers: run them with `npm run test:real` (see --help)");
  return JSON.parse(readFileSync(file, "utf8")) as Provisioned;
}

/** The etcd program. @throws when there is only an address, which cannot be killed and restarted. */
export function etcdProgram(): Startable {
  const { command, docker } = provisioned().etcd;
  if (!command)
    throw new Error(
      "this test kills etcd and needs the program: unset PLUGBOARD_ETCD or install etcd",
    );
  return { command, ...(docker !== undefined && { docker }) };
}
