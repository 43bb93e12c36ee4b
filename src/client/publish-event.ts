import type { Environment } from "../base/environment.js";
import type { Broker } from "../broker/broker.js";
import type { CallContext } from "../call/context.js";
import { header, travellingMetadata, type Propagation } from "../call/headers.js";
import { resolveSchema } from "../call/schema.js";
import type { PublishEventOptions } from "../call/topic.js";
import type { Codecs } from "../codec/codecs.js";
import { inBegunCall } from "./begun-call.js";
import type { EventMessage } from "./client.js";

/** What publishing needs. */
export interface PublishParts {
  readonly environment: Environment;
  readonly broker: Broker;
  readonly codecs: Codecs;
  /** The call being served, whose metadata travels on. */
  readonly parent: CallContext | undefined;
  readonly from: string;
  readonly propagation: Propagation;
}

/** Writes an event as go-micro does (wire.md 6.2) and hands it to the broker. */
export async function publishEvent(
  { topic, data }: EventMessage,
  { contentType, key, delayMs, metadata, signal }: PublishEventOptions,
  { environment, broker, codecs, parent, from, propagation }: PublishParts,
): Promise<void> {
  const schema = resolveSchema(topic.schema);
  const value: unknown = schema.validate
    ? await schema.validate(data, `event for ${topic.name}`)
    : data;
  const codec = codecs.get(
    contentType ?? (schema.type ? "application/protobuf" : "application/json"),
  );
  const headers = travellingMetadata(parent?.metadata ?? {}, parent ? propagation : "none");
  for (const [name, text] of Object.entries(metadata ?? {})) headers[name.toLowerCase()] = text;
  headers[header.contentType] = contentType ?? codec.contentTypes[0]!;
  headers[header.topic] = topic.name;
  headers[header.id] = environment.random.uuid();
  headers[header.fromService] ??= from;
  if (key !== undefined) headers[header.key] = key;
  const id = headers[header.id]!;
  const body = codec.write({ id, endpoint: topic.name }, "event", value, schema.type);
  const options = {
    ...(key === undefined ? {} : { key }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(signal ? { signal } : {}),
  };
  try {
    await broker.publish(topic.name, { headers, body }, options);
  } catch (error) {
    throw parent ? inBegunCall(error) : error;
  }
}
