import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startChild } from "../support/child.js";
import { provisioned } from "../support/provisioned.js";
import { scratchDirectory } from "../support/scratch.js";
import type { KnownFailure, Mode } from "./known-failures.js";

/** What a run of Connect's suite came to. */
export interface SuiteReport {
  /** Cases that were run. */
  readonly total: number;
  /** Cases that failed, and were not known to: what the suite says of each. */
  readonly failed: readonly string[];
}

/** What of gRPC is run: JSON is not, since `google.protobuf.Any` has no JSON of its own here. */
const config = `features:
  versions: [HTTP_VERSION_2]
  protocols: [PROTOCOL_GRPC]
  codecs: [CODEC_PROTO]
  compressions: [COMPRESSION_IDENTITY, COMPRESSION_GZIP]
  supportsTlsClientCerts: true
`;

const flags = { always: "--known-failing", "at times": "--known-flaky" } as const;
const repository = join(__dirname, "../../..");

/** Runs Connect's conformance suite against a program of ours. */
export async function runConnectSuite(
  mode: Mode,
  known: readonly KnownFailure[],
): Promise<SuiteReport> {
  const { connectConformance, connectProtos } = provisioned().conformance;
  const scratch = scratchDirectory();
  try {
    const file = join(scratch.path, "config.yaml");
    writeFileSync(file, config);
    const program = join(__dirname, `connect-${mode}.ts`);
    const suite = await startChild({
      command: [connectConformance],
      args: [
        ...["--conf", file, "--mode", mode],
        ...known.flatMap(({ cases, how }) => [flags[how], cases]),
        ...(mode === "server" ? ["--parallel", "4"] : []),
        ...["--", process.execPath, "--import", "tsx", program, connectProtos],
      ],
      cwd: repository,
    });
    const timer = setTimeout(() => suite.signal("SIGTERM"), 100_000);
    await suite.exited;
    clearTimeout(timer);
    return readReport(suite.output());
  } finally {
    scratch.remove();
  }
}

/** @throws when the suite did not get to its end. */
function readReport(output: string): SuiteReport {
  const [, total, failures] = /^Total cases: (\d+)\n\d+ passed, (\d+) failed/m.exec(output) ?? [];
  const failed = [...output.matchAll(/^FAILED: [^\n]*(?:\n\t[^\n]*)*/gm)].map(([text]) => text);
  const notRun = /^Another \d+ could not be run.*/m.exec(output);
  if (total === undefined || notRun || failed.length !== Number(failures))
    throw new Error(`the suite did not get to its end:\n${output.slice(-4_000)}`);
  return { total: Number(total), failed };
}
