import { topic } from "plugboard";
import { variable } from "./variables.js";

/** An event that is counted. */
export interface Tick {
  readonly id: string;
}

/** The topic of this scenario's events: each has one of its own, since Kafka remembers. */
export const Ticked = topic<Tick>(variable("CHAOS_TOPIC"));
