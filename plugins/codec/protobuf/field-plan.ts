import type { FieldKind, MessageField, MessageType, ScalarKind } from "../../../src/spi.js";
import { keyFromWire, keyToWire } from "./map-key.js";
import { setProperty } from "./own-property.js";
import { enumFromWire, enumToWire, scalarFromWire, scalarToWire, Unfit } from "./wire-scalar.js";

type ToWire = (value: unknown, depth: number) => unknown;
type FromWire = (value: unknown) => unknown;

/** How one field goes to protobufjs and comes back. */
export interface FieldPlan {
  readonly name: string;
  readonly protoName: string;
  readonly oneof: string | undefined;
  /** Named like a member of `Object.prototype`: needs care. */
  readonly odd: boolean;
  /** Absence can be told from the zero value. */
  readonly absent: boolean;
  /** Values go both ways unchanged once checked: the check that `compilePlan` puts in line. */
  readonly fast: "string" | "bool" | "int32" | "uint32" | "double" | undefined;
  /** @throws Unfit for what the field cannot hold. */
  readonly toWire: ToWire;
  readonly fromWire: FromWire;
  /** The value of the absent field; undefined where absence can be told. */
  readonly zero: () => unknown;
}

/** Finds the plan of a message; plans may refer to each other in circles. */
export interface PlanFinder {
  of(type: MessageType): {
    toWire(value: unknown, depth: number): unknown;
    fromWire(message: object): unknown;
  };
}

interface ValuePlan {
  readonly toWire: ToWire;
  readonly fromWire: FromWire;
  readonly zero: () => unknown;
}

const nothing = (): undefined => undefined;

function valuePlan(kind: FieldKind, plans: PlanFinder): ValuePlan {
  if (kind.kind === "message") {
    const plan = plans.of(kind.type);
    return {
      toWire: (value, depth) => plan.toWire(value, depth),
      fromWire: (value) => plan.fromWire(value as object),
      zero: nothing,
    };
  }
  if (kind.kind === "enum") {
    const fromWire = enumFromWire(kind.enum);
    return { toWire: enumToWire(kind.enum), fromWire, zero: () => fromWire(0) };
  }
  const { scalar } = kind;
  const zero = {
    string: () => "",
    bool: () => false,
    bytes: () => new Uint8Array(0),
    number: () => (scalar.endsWith("64") ? 0n : 0),
  };
  const named = scalar === "string" || scalar === "bool" || scalar === "bytes" ? scalar : "number";
  return {
    toWire: scalarToWire(scalar),
    fromWire: scalarFromWire(scalar),
    zero: zero[named],
  };
}

function listPlan({ toWire, fromWire }: ValuePlan): ValuePlan {
  return {
    toWire(list, depth) {
      if (!Array.isArray(list)) throw new Unfit();
      return Array.from(list as unknown[], (item) => toWire(item, depth));
    },
    fromWire: (list) => (list as unknown[]).map(fromWire),
    zero: () => [],
  };
}

function mapPlan(
  key: NonNullable<MessageField["mapKey"]>,
  { toWire, fromWire }: ValuePlan,
): ValuePlan {
  const toKey = keyToWire(key);
  const fromKey = keyFromWire(key);
  const convert = (map: object, convertKey: (key: string) => string, convertValue: FromWire) => {
    const result = {};
    for (const name of Object.keys(map))
      setProperty(result, convertKey(name), convertValue((map as Record<string, unknown>)[name]));
    return result;
  };
  return {
    toWire(map, depth) {
      if (typeof map !== "object" || map === null || Array.isArray(map)) throw new Unfit();
      return convert(map, toKey, (value) => toWire(value, depth));
    },
    fromWire: (map) => convert(map as object, fromKey, fromWire),
    zero: () => ({}),
  };
}

const fastKinds: Partial<Record<ScalarKind, FieldPlan["fast"]>> = {
  string: "string",
  bool: "bool",
  double: "double",
  int32: "int32",
  sint32: "int32",
  sfixed32: "int32",
  uint32: "uint32",
  fixed32: "uint32",
};

/** The plan of one field. */
export function fieldPlan(field: MessageField, plans: PlanFinder): FieldPlan {
  const { name, protoName, oneof, rule, type } = field;
  const single = rule === "one" || rule === "optional";
  let plan = valuePlan(type, plans);
  if (rule === "repeated") plan = listPlan(plan);
  else if (rule === "map") plan = mapPlan(field.mapKey ?? "string", plan);
  const { toWire, fromWire, zero } = plan;
  return {
    name,
    protoName,
    oneof,
    odd: name in Object.prototype,
    absent: single && (rule === "optional" || oneof !== undefined || type.kind === "message"),
    fast: single && type.kind === "scalar" ? fastKinds[type.scalar] : undefined,
    toWire,
    fromWire,
    zero,
  };
}
