import type { Chance } from "../chance.js";
import { mutateJson } from "../mutate/json.js";
import { httpBytes, httpParts, type HttpParts } from "../wire/http-message.js";
import { mutatedRequests } from "./mucp-server.js";
import type { Door, ServerProtocol } from "./server-protocol.js";

const event = (
  door: Door,
  body: string | Buffer,
  target = `/?id=${door.subscription ?? ""}`,
): HttpParts =>
  httpParts(
    `POST ${target} HTTP/1.1`,
    { Host: "127.0.0.1", "Content-Type": "application/json" },
    body,
  );

/** An envelope whose body is the JSON of `text`. */
const envelope = (text: string): string => {
  const body = Buffer.from(JSON.stringify({ text })).toString("base64");
  return `{"Header":{"Content-Type":"application/json","Micro-Topic":"fuzz.topic","Micro-ID":"7"},"Body":"${body}"}`;
};

const exchanges = (door: Door): readonly ((chance: Chance) => HttpParts[])[] => [
  () => [event(door, envelope("hello"))],
  (chance) => [event(door, mutateJson(envelope("hello"), chance))],
  () => [event(door, envelope("one")), event(door, envelope("two"))],
  () => [
    event(door, envelope("hello"), "/_sub?id=x"),
    event(door, envelope("hello"), "/?id=__proto__"),
  ],
  () => [{ ...event(door, envelope("x")), first: "GET / HTTP/1.0" }],
];

/** The http broker's own door. */
export const brokerServer: ServerProtocol = {
  input: (chance, _index, door) => ({ bytes: mutatedRequests(exchanges(door), chance) }),
  // Answers are empty: this one comes back in the words of an error.
  probe: (index, door) => {
    const bytes = httpBytes(event(door, `{"Header":{"p${index}.":1}}`));
    return { bytes, mark: Buffer.from(`p${index}.`) };
  },
};
