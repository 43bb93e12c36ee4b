/** Something that should not have happened. */
export interface Finding {
  readonly kind: "died" | "internal error" | "memory" | "connections" | "witness" | "stuck";
  readonly text: string;
  /** Inputs that may be to blame, when it can be said. */
  readonly suspects?: readonly number[];
}
