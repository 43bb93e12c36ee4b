import type { SuiteReport } from "./connect-suite.js";
import type { KnownFailure, Mode } from "./known-failures.js";

/** What a run found, for `docs/conformance.md`. */
export interface Findings {
  readonly versions: { readonly grpc: string; readonly connect: string };
  /** By the name of a case: who could run it. */
  readonly interop: ReadonlyMap<string, ReadonlySet<Direction>>;
  readonly connect: ReadonlyMap<Mode, SuiteReport>;
  readonly known: readonly KnownFailure[];
}

/** Who calls whom in a case of gRPC's. */
export type Direction = "goToUs" | "usToGo" | "goToUs, TLS" | "usToGo, TLS";

/** Cases that are not run, with the reason. */
const absent = [
  "`compute_engine_creds`, `service_account_creds`, `jwt_token_creds`, `oauth2_auth_token`, `per_rpc_creds`, `google_default_credentials`, `compute_engine_channel_credentials`: they need an account with Google.",
  "`orca_per_rpc`, `orca_oob`: reports of a server's load are not here.",
  "`client_compressed_unary`, `server_compressed_unary` and their streams: Go's client and server do not have them. Connect's suite covers compression.",
  "`channel_soak`, `pick_first_unary` from us: they are about how a client makes connections, and Go's server does not say who it is.",
  "JSON in Connect's suite: its messages hold `google.protobuf.Any`, of which our JSON has the fields and not the message inside.",
];

/** The page. */
export function conformancePage({ versions, interop, connect, known }: Findings): string {
  const mark = (name: string, direction: Direction): string =>
    interop.get(name)?.has(direction) ? "✓" : "–";
  const rows = [...interop.keys()].map((name) => [
    `\`${name}\``,
    mark(name, "goToUs"),
    mark(name, "usToGo"),
    mark(name, "goToUs, TLS"),
    mark(name, "usToGo, TLS"),
  ]);
  const suite = [...connect].map(([mode, { total }]) => [
    `our ${mode}`,
    String(total),
    String(known.filter((each) => each.mode === mode).length),
  ]);
  const failures = known.map(({ mode, cases, how, reason }) => [
    `our ${mode}`,
    `\`${cases}\``,
    how,
    reason,
  ]);
  return `# Conformance of gRPC

\`plugins/server/grpc\` and \`plugins/client/grpc\` held to the suites of others. This page is written by
\`npm run docs:conformance\`; \`npm run test:real -- grpc\` fails when it is out of date. go-micro over gRPC stands in
[interop.md](interop.md).

## gRPC's own test cases

Client and server in Go, from \`google.golang.org/grpc\` ${versions.grpc}, against ours.

${table(["", "Go's client calls us", "we call Go's server", "the same over TLS", "the same over TLS"], rows)}

## Connect's conformance suite

\`connectrpc.com/conformance\` ${versions.connect} over gRPC, with protobuf, with and without gzip, all kinds of streams, limits of
messages, with and without TLS and certificates of clients; each case with the implementation of Connect and with that of gRPC in Go at the other end. ${known.length === 0 ? "All cases pass." : "All cases pass but for\nthose listed below."}

${table(["", "cases", "patterns of known failures"], suite)}
${known.length === 0 ? "" : `\n### Known failures\n\n${table(["", "cases", "fails", "why"], failures)}\n`}
## Not here

${absent.map((reason) => `- ${reason}`).join("\n")}
`;
}

/** A Markdown table with its columns in line. */
function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...body].map((row) => Array.from(row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - Array.from(cell).length)).join(" | ")} |`;
  return [head, widths.map((width) => "-".repeat(width)), ...body].map(line).join("\n");
}
