import type { MessageField, MessageType } from "../../../src/spi.js";
import { fieldPlan, type FieldPlan, type PlanFinder } from "./field-plan.js";
import { readProperty, setProperty } from "./own-property.js";
import { Unfit } from "./wire-scalar.js";

/** Messages inside messages, at most: protobufjs's own limit. */
const maxDepth = 100;

/**
 * Turns values of one message type into the shape that protobufjs's generated code encodes, and what
 * that code decoded into values: made once, then run without looking at the type again.
 */
export class MessagePlan {
  #fields: readonly FieldPlan[] | undefined;

  constructor(
    private readonly type: MessageType,
    private readonly plans: PlanFinder,
  ) {}

  /** @throws Unfit for what the type cannot hold. */
  toWire(value: unknown, depth: number): object {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unfit();
    if (depth > maxDepth) throw new Unfit();
    const wire: Record<string, unknown> = {};
    let oneofs: Set<string> | undefined;
    for (const field of this.#plan()) {
      const raw = readProperty(value, field.name);
      if (raw === undefined || raw === null) continue;
      if (field.oneof !== undefined) {
        oneofs ??= new Set();
        if (oneofs.has(field.oneof)) throw new Unfit();
        oneofs.add(field.oneof);
      }
      wire[field.protoName] = field.toWire(raw, depth + 1);
    }
    return wire;
  }

  fromWire(message: unknown): object {
    const target = this.type.construct ? new this.type.construct() : {};
    for (const field of this.#plan()) {
      const present = Object.hasOwn(message as object, field.protoName);
      const value = present
        ? field.fromWire((message as Record<string, unknown>)[field.protoName])
        : field.zero();
      if (value !== undefined || Object.hasOwn(target, field.name))
        setProperty(target, field.name, value);
    }
    return target;
  }

  #plan(): readonly FieldPlan[] {
    const plan = (field: MessageField) => fieldPlan(field, this.plans);
    return (this.#fields ??= this.type.fields.map(plan));
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
