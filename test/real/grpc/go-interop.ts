import { provisioned } from "../support/provisioned.js";
import { startChild } from "../support/child.js";

/** gRPC's own server of the test cases, in Go. */
export interface GoInteropServer extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
}

/** Starts it on a free port. */
export async function startGoServer(): Promise<GoInteropServer> {
  const listening = /listening on \S*:(\d+)/;
  const server = await startChild({
    command: [provisioned().conformance.interopServer],
    args: ["--port=0"],
    env: { GRPC_GO_LOG_SEVERITY_LEVEL: "info" },
    ready: (output) => listening.test(output),
  });
  return {
    address: `127.0.0.1:${listening.exec(server.output())?.[1]}`,
    [Symbol.asyncDispose]: () => server.kill(),
  };
}

/** Runs one case of gRPC's own client, in Go. @throws with what it printed when it fails. */
export async function runGoClient(testCase: string, address: string): Promise<void> {
  const [host = "", port = ""] = address.split(":");
  const client = await startChild({
    command: [provisioned().conformance.interopClient],
    args: [`--server_host=${host}`, `--server_port=${port}`, `--test_case=${testCase}`],
  });
  const timer = setTimeout(() => client.signal("SIGKILL"), 60_000);
  const { code, signal } = await client.exited;
  clearTimeout(timer);
  if (code !== 0)
    throw new Error(`${testCase} ended with ${signal ?? code}:\n${client.output().slice(-4_000)}`);
}
