import type { Figure } from "../report/figure.js";
import type { Ground } from "./ground.js";

/** Something bad that happens to a system under load, and what must come of it. */
export interface Scenario {
  /** What it is called on the command line. */
  readonly name: string;
  readonly title: string;
  /** What is done, in the present tense, for the page. */
  readonly about: string;
  run(ground: Ground): Promise<readonly Figure[]>;
}
