import { join } from "node:path";
import { provisioned } from "../support/provisioned.js";
import { startChild } from "../support/child.js";

/** gRPC's own server of the test cases, in Go. */
export interface GoInteropServer extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
}

const certificates = join(__dirname, "../../fixtures/tls");

/** Starts it on a free port. */
export async function startGoServer(tls: boolean): Promise<GoInteropServer> {
  const [certificate, key] = ["server.pem", "server.key.pem"].map((name) =>
    join(certificates, name),
  );
  const listening = /listening on \S*:(\d+)/;
  const server = await startChild({
    command: [provisioned().conformance.interopServer],
    args: [
      "--port=0",
      ...(tls ? ["--use_tls", `--tls_cert_file=${certificate}`, `--tls_key_file=${key}`] : []),
    ],
    env: { GRPC_GO_LOG_SEVERITY_LEVEL: "info" },
    ready: (output) => listening.test(output),
  });
  return {
    address: `127.0.0.1:${listening.exec(server.output())?.[1]}`,
    [Symbol.asyncDispose]: () => server.kill(),
  };
}

/** Runs one case of gRPC's own client, in Go. @throws with what it printed when it fails. */
export async function runGoClient(testCase: string, address: string, tls: boolean): Promise<void> {
  const [host = "", port = ""] = address.split(":");
  const ca = join(certificates, "authority.pem");
  const client = await startChild({
    command: [provisioned().conformance.interopClient],
    args: [
      ...[`--server_host=${host}`, `--server_port=${port}`, `--test_case=${testCase}`],
      ...(tls ? ["--use_tls", "--use_test_ca", `--ca_file=${ca}`] : []),
    ],
  });
  const timer = setTimeout(() => client.signal("SIGKILL"), 60_000);
  const { code, signal } = await client.exited;
  clearTimeout(timer);
  if (code !== 0)
    throw new Error(`${testCase} ended with ${signal ?? code}:\n${client.output().slice(-4_000)}`);
}
