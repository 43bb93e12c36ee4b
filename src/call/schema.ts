import { BadRequest, InternalServerError } from "../base/errors.js";
import type { MessageType } from "../codec/message-type.js";

/** A validator by the Standard Schema specification, version 1 (zod, valibot, arktype and others). */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a Standard Schema answers. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One complaint of a Standard Schema. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Where a decorated message class keeps its {@link MessageType}. */
export const messageTypeOf = Symbol.for("plugboard.message-type");

/** A class decorated with `@Message()`. */
export type MessageClass<T> = new () => T;

/** A schema of any of the kinds: a validator, a decorated message class, or a type from a `.proto`. */
export type Schema<T> = StandardSchema<unknown, T> | MessageClass<T> | MessageType<T>;

/** What a schema is made of, once looked at. */
export interface ResolvedSchema {
  /** For codecs: how to write and read it. */
  readonly type?: MessageType;
  /** Checks a value and gives the checked one; undefined when there is nothing to check. */
  readonly validate?: (value: unknown, what: string) => unknown;
}

const isStandard = (schema: object): schema is StandardSchema => "~standard" in schema;
const isMessageType = (schema: object): schema is MessageType =>
  "name" in schema && "fields" in schema && Array.isArray(schema.fields);

/** Looks at a schema. @throws TypeError for a value that is none. */
export function resolveSchema(schema: Schema<unknown> | undefined): ResolvedSchema {
  if (schema === undefined) return {};
  if (typeof schema === "function" || typeof schema === "object") {
    const type = (schema as { readonly [messageTypeOf]?: MessageType })[messageTypeOf];
    if (type) return { type };
    if (isStandard(schema)) return { validate: (value, what) => check(schema, value, what) };
    if (typeof schema === "object" && isMessageType(schema)) return { type: schema };
  }
  throw new TypeError(
    "a schema must be a Standard Schema (zod, valibot, ...), a class with @Message(), or a message type of a .proto",
  );
}

const pathOf = (issue: StandardIssue): string =>
  (issue.path ?? []).map((step) => String(typeof step === "object" ? step.key : step)).join(".");

function settle(result: StandardResult<unknown>, what: string): unknown {
  if (!result.issues) return result.value;
  const told = result.issues.slice(0, 20);
  const fields = told.map(pathOf);
  const issues = told.map(({ message }, index) =>
    fields[index] ? `${fields[index]}: ${message}` : message,
  );
  const detail = `invalid ${what}: ${issues.join("; ")}`;
  const options = { reason: "schema.invalid", retry: "never", data: { issues, fields } } as const;
  throw what === "reply"
    ? new InternalServerError(detail, options)
    : new BadRequest(detail, options);
}

function check(schema: StandardSchema, value: unknown, what: string): unknown {
  const result = schema["~standard"].validate(value);
  return result instanceof Promise
    ? result.then((settled) => settle(settled, what))
    : settle(result, what);
}
