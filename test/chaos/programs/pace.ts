import { pause } from "../support/pause.js";

/** How long handlers take. */
export class Pace {
  /** Milliseconds. */
  ms = 0;

  async take(): Promise<void> {
    await pause(this.ms);
  }
}
