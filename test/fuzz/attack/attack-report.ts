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

export const noAttack: AttackReport = {
  inputs: 0,
  connections: 0,
  answered: 0,
  closed: 0,
  left: 0,
  lost: 0,
};

export const sum = (one: AttackReport, other: AttackReport): AttackReport => ({
  inputs: one.inputs + other.inputs,
  connections: one.connections + other.connections,
  answered: one.answered + other.answered,
  closed: one.closed + other.closed,
  left: one.left + other.left,
  lost: one.lost + other.lost,
});
