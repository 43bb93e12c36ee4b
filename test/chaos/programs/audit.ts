import { Service, Subscribe, type Event } from "plugboard";
import { Journal } from "./journal.js";
import { Ticked, type Tick } from "./ticked.js";

/** Keeps a line of every event before it is acknowledged. */
@Service({ name: "audit" })
export class Audit {
  constructor(private readonly journal: Journal) {}

  @Subscribe(Ticked, { group: `audit.${Ticked.name}`, retry: { attempts: 5 }, deadLetter: true })
  async ticked(event: Event<Tick>): Promise<void> {
    this.journal.write("event", event.data.id);
  }
}
