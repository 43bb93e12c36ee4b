/** What came of the inputs of an attack. */
export interface AttackReport {
  readonly inputs: number;
  readonly connections: number;
  /** Inputs after which the server went on and answered. */
  readonly answered: number;
  /** Inputs for which the server closed the connection, with or without a word. */
  readonly closed: number;
  /** Inputs that left the server waiting for more, until the attacker ended. */
  readonly left: number;
  /** Inputs that the system dropped before the server saw them. */
  readonly lost: number;
}
