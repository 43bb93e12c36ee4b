import type { Column } from "./matrix.js";

interface KnownFailure {
  /** Title of the scenario. */
  readonly scenario: string;
  readonly in: (column: Column) => boolean;
  /** Why it cannot work; what the matrix says. */
  readonly reason: string;
}

const noAnswers =
  "go-micro v2.2.0 to v3.5.2 never answers a failed protobuf call, nor ends a protobuf stream: its codec refuses to write the empty body (`codec/proto/proto.go`). JSON works.";

/** We call a version over mucp. */
const overMucp =
  (version: string): KnownFailure["in"] =>
  ({ major, registry, direction }) =>
    major === version && !registry.endsWith("gRPC") && direction === "usToGo";

const failures: readonly KnownFailure[] = [
  {
    scenario: "events, Kafka",
    in: ({ major }) => major === "v5",
    reason:
      "The Kafka plugin for go-micro v5 cannot be had: the Go module proxy answers `403 Forbidden: This module version is not available` for every version of `github.com/micro/plugins/v5/broker/kafka`, and the core has none.",
  },
  {
    scenario: "error with code and detail, protobuf",
    in: overMucp("v2"),
    reason: noAnswers,
  },
  {
    scenario: "server stream, protobuf",
    in: overMucp("v2"),
    reason: noAnswers,
  },
  {
    scenario: "metadata",
    in: ({ major, registry, direction }) =>
      major === "v1" && registry.endsWith("gRPC") && direction === "usToGo",
    reason:
      "HTTP/2 has names in lower case, and go-micro v1.18.0 gives a handler metadata under the very names that came: `metadata.Get` with another spelling finds nothing.",
  },
  {
    scenario: "unary, JSON",
    in: ({ major, registry, direction }) =>
      major === "v1" && registry.endsWith("gRPC") && direction === "goToUs",
    reason:
      "go-micro v1.18.0's gRPC client keeps connections with the codec of the first call on them: a later call in JSON goes out in protobuf (`client/grpc/grpc.go`, `ForceCodec` among the dial options). The first content type works.",
  },
];

/** Versions that are named and not tested, with the reason. */
export const unavailable: readonly string[] = [
  "go-micro v6: the Go module proxy answers `403 Forbidden: This module version is not available` for `go-micro.dev/v6`, each version that was asked for (v6.0.0, v6.10.0, latest) and its list.",
  "go-micro v5 after v5.8.0: the same answer for v5.10.0, v5.14.0, v5.20.0 and the list; v5.9.0 is served, but the checksum database does not know it. v5.8.0 is the latest that builds.",
];

/** Why a cell is known to be red; undefined for one that must work. */
export const knownFailure = (scenario: string, column: Column): string | undefined =>
  failures.find((failure) => failure.scenario === scenario && failure.in(column))?.reason;
