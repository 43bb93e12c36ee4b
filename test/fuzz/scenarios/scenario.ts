/** What a scenario came to. */
export interface ScenarioResult {
  /** What was done, with figures. */
  readonly did: string;
  /** What held it, with figures: what the limit let through, what the process came to. */
  readonly held: string;
  /** What should have been and was not; empty when all is well. */
  readonly failures: readonly string[];
}

/** A flood, or a peer that does not behave, against a server in a process of its own. */
export interface Scenario {
  readonly title: string;
  run(): Promise<ScenarioResult>;
}
