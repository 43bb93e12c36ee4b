import type { MessageType } from "../../../src/spi.js";
import { compilePlan, type CompiledPlan } from "./compile-plan.js";
import { fieldPlan, type PlanFinder } from "./field-plan.js";
import { Unfit } from "./wire-scalar.js";

/** Messages inside messages, at most: protobufjs's own limit. */
const maxDepth = 100;

/**
 * Turns values of one message type into the shape that protobufjs's generated code encodes, and what
 * that code decoded into values: made once, then run without looking at the type again.
 */
export class MessagePlan {
  #compiled: CompiledPlan | undefined;

  constructor(
    private readonly type: MessageType,
    private readonly plans: PlanFinder,
  ) {}

  /** @throws Unfit for what the type cannot hold. */
  toWire(value: unknown, depth: number): object {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unfit();
    if (depth > maxDepth) throw new Unfit();
    return (this.#compiled ?? this.#compile()).toWire(value, depth);
  }

  fromWire(message: object): object {
    return (this.#compiled ?? this.#compile()).fromWire(message);
  }

  /** Late: by now the types that refer to each other are complete. */
  #compile(): CompiledPlan {
    const fields = this.type.fields.map((field) => fieldPlan(field, this.plans));
    return (this.#compiled = compilePlan(fields, this.type.construct));
  }
}

/** The plans of one codec, one a message type. */
export class Plans implements PlanFinder {
  readonly #plans = new WeakMap<MessageType, MessagePlan>();

  of(type: MessageType): MessagePlan {
    let plan = this.#plans.get(type);
    if (!plan) this.#plans.set(type, (plan = new MessagePlan(type, this)));
    return plan;
  }
}
