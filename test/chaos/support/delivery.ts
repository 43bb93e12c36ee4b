import type { Refused } from "../programs/ticker.js";
import type { Entries } from "./entries.js";

/** What became of the events of one broker. */
export interface Delivery {
  readonly broker: string;
  readonly acknowledged: number;
  /** Acknowledged, and handled by nobody. */
  readonly lost: number;
  /** Acknowledged, and handled more than once. */
  readonly repeated: number;
  readonly refused: Refused;
}

/** Sorts events by broker, whose name their ids begin with. */
export const deliveriesOf = (
  { acknowledged, event }: Pick<Entries, "acknowledged" | "event">,
  refused: Readonly<Record<string, Refused>>,
): readonly Delivery[] =>
  Object.entries(refused).map(([broker, reasons]) => {
    const ids = [...acknowledged.keys()].filter((id) => id.startsWith(`${broker}-`));
    const handled = ids.map((id) => event.get(id) ?? 0);
    return {
      broker,
      acknowledged: ids.length,
      lost: handled.filter((times) => times === 0).length,
      repeated: handled.filter((times) => times > 1).length,
      refused: reasons,
    };
  });
