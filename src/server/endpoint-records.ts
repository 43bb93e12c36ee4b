import type { MessageType } from "../codec/message-type.js";
import { resolveSchema, type Schema } from "../call/schema.js";
import type { EndpointRecord, ValueDescription } from "../registry/registry.js";
import type { Handler, Subscriber } from "./server.js";

/** Levels of a value that are advertised, the value itself included, as in go-micro (wire.md 5.1). */
const depth = 3;

function describeType(type: MessageType, name: string, level: number): ValueDescription {
  return {
    name,
    type: type.name.slice(type.name.lastIndexOf(".") + 1),
    values:
      level + 1 >= depth
        ? []
        : type.fields.map((field): ValueDescription => {
            const { type: kind, rule } = field;
            if (rule === "map") return { name: field.protoName, type: "", values: [] };
            const inner: ValueDescription =
              kind.kind === "message"
                ? describeType(kind.type, field.protoName, level + 1)
                : {
                    name: field.protoName,
                    type: kind.kind === "scalar" ? kind.scalar : "int32",
                    values: [],
                  };
            return rule === "repeated" ? { ...inner, type: `[]${inner.type}` } : inner;
          }),
  };
}

function describeSchema(schema: Schema<unknown> | undefined, fallback: string): ValueDescription {
  const { type } = resolveSchema(schema);
  if (!type) return { name: fallback, type: fallback, values: [] };
  const short = type.name.slice(type.name.lastIndexOf(".") + 1);
  return describeType(type, short, 0);
}

/** Handlers by name, then subscribers by topic, as go-micro lists them; internal ones are left out. */
export function endpointRecords(
  handlers: readonly Handler[],
  subscribers: readonly Subscriber[],
): readonly EndpointRecord[] {
  const served = handlers
    .filter((handler) => !handler.internal)
    .sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1))
    .map((handler): EndpointRecord => {
      const stream = handler.replyStream === true || handler.requestStream === true;
      return {
        name: handler.endpoint,
        request: describeSchema(handler.input, "Request"),
        response: describeSchema(handler.output, "Response"),
        metadata: {
          ...(stream ? { stream: "true" } : {}),
          ...(stream && !handler.replyStream ? { "reply-stream": "false" } : {}),
          ...(handler.idempotent ? { idempotent: "true" } : {}),
          ...(handler.method ? { method: handler.method } : {}),
          ...(handler.doc ? { description: handler.doc } : {}),
        },
      };
    });
  const subscribed = [...subscribers]
    .sort((a, b) => (a.topic > b.topic ? -1 : 1))
    .map((subscriber): EndpointRecord => ({
      name: subscriber.name,
      request: describeSchema(subscriber.schema, "Event"),
      metadata: { subscriber: "true", topic: subscriber.topic },
    }));
  return [...served, ...subscribed];
}
