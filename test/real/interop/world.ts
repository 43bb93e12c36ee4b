import type { PlainService, Registry } from "plugboard";
import type { GoProgram } from "./go-program.js";
import type { OurService } from "./our-service.js";

/** Everything that the scenarios of one column work with. */
export interface InteropWorld {
  readonly major: string;
  /** A program in Go that serves `goName` and subscribes to `topics.go`. */
  readonly go: GoProgram;
  readonly goName: string;
  /** Our service, which serves `ourName` and subscribes to `topics.ours`. */
  readonly ours: OurService;
  readonly ourName: string;
  /** Calls and publishes for us. */
  readonly client: PlainService;
  readonly registry: Registry;
  readonly topics: { readonly go: string; readonly ours: string };
  /** The same over Kafka; undefined where that version has no plugin for it. */
  readonly kafka: { readonly go: GoProgram; readonly ours: OurService } | undefined;
  /** Starts and stops a service that nobody has seen: resolves once it serves. */
  goGuest(name: string): Promise<AsyncDisposable>;
  ourGuest(name: string): Promise<AsyncDisposable>;
}

/** One row of the matrix. Each direction throws when it does not work. */
export interface Scenario {
  readonly title: string;
  /** It says nothing of gRPC, or nothing that the same over mucp does not. */
  readonly mucpOnly?: true;
  /** We call Go. */
  usToGo(world: InteropWorld): Promise<void>;
  /** Go calls us. */
  goToUs(world: InteropWorld): Promise<void>;
}
