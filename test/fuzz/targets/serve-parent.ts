import { memoryAttack } from "../memory/memory-attack.js";
import { openMemoryDoors } from "../memory/memory-doors.js";
import { liveMemorySockets } from "../memory/memory-socket.js";
import type { Door } from "../protocols/server-protocol.js";
import type { FromChild, Measure, Tally, ToChild } from "./child-messages.js";

/** What a child does for its parent. */
export interface ChildParts {
  readonly door: Door;
  readonly errors?: ReadonlyMap<string, number>;
  readonly tally?: () => Tally;
  /** Begins what was waiting for the doors of others. */
  readonly go?: (doors: readonly Door[]) => void;
}

const send = (message: FromChild): void => void process.send?.(message);

/** Warnings of Node that tell of a leak, or of a timer that fires at once. */
const faults = ["MaxListenersExceededWarning", "TimeoutOverflowWarning"];

/** Counts handles of a kind. */
function resources(names: readonly string[]): number {
  return process.getActiveResourcesInfo().filter((name) => names.includes(name)).length;
}

function measure({ errors, tally }: ChildParts): Measure {
  // Twice: finalizers of the first round let go of more.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    heldBytes: heapUsed + external,
    rssBytes: rss,
    connections: resources(["TCPSocketWrap"]) + liveMemorySockets(),
    timers: resources(["Timeout"]),
    errors: [...(errors ?? [])],
    ...(tally && { tally: tally() }),
  };
}

openMemoryDoors();

/** Tells the parent where the door is, and answers its questions until it goes away. */
export function serveParent(parts: ChildParts): void {
  process.on("message", (message: ToChild) => {
    if (message.kind === "go") parts.go?.(message.doors);
    else if (message.kind === "attack")
      void memoryAttack(message.order, parts.door).then((report) =>
        send({ kind: "attacked", report }),
      );
    else send({ kind: "measure", id: message.id, measure: measure(parts) });
  });
  process.on("disconnect", () => process.exit(0));
  process.on("warning", (warning) => {
    if (faults.includes(warning.name)) throw warning;
  });
  send({ kind: "ready", door: parts.door });
}
