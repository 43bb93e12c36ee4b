import type { Message } from "../../../src/spi.js";
import { withArriving, withDialled, type TransportMutant } from "./mutant.js";

const changeHeaders =
  (change: (name: string, value: string) => readonly [string, string]) =>
  ({ headers, body }: Message): Message => ({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => change(name, value)),
    ),
    body,
  });

/** Mutants of `message-clauses.ts`. */
export const messageMutants: readonly TransportMutant[] = [
  {
    name: "reads bodies as UTF-8 text",
    kills: "a body arrives as it was sent, byte for byte",
    mutate: withArriving(({ headers, body }) => ({
      headers,
      body: new TextEncoder().encode(new TextDecoder().decode(body)),
    })),
  },
  {
    name: "reads header values as latin1",
    kills: "header values arrive as they were sent",
    mutate: withArriving(
      changeHeaders((name, value) => [name, Buffer.from(value, "utf8").toString("latin1")]),
    ),
  },
  {
    name: "hands over header names as they were written",
    kills: "header names arrive in lower case",
    mutate: withArriving(
      changeHeaders((name, value) => [name === "plain" ? name : name.toUpperCase(), value]),
    ),
  },
  {
    name: "lets a line break in a value start a header",
    kills: "no header value becomes another header",
    mutate: withDialled((socket) => ({
      send: ({ headers, body }) => {
        const planted: Record<string, string> = {};
        for (const [name, value] of Object.entries(headers)) {
          const [first = "", ...lines] = value.split("\r\n");
          planted[name] = first;
          for (const line of lines) {
            const [other = "", rest = ""] = line.split(": ");
            planted[other] = rest;
          }
        }
        return socket.send({ headers: planted, body });
      },
    })),
  },
  {
    name: "hands over the sender's own message",
    kills: "what a receiver does to a message stays with it",
    mutate: (transport) => {
      const sent: Message[] = [];
      const keeping = withDialled((socket) => ({
        send: (message) => {
          sent.push(message);
          return socket.send(message);
        },
      }));
      return keeping(withArriving((message) => sent.at(-1) ?? message)(transport));
    },
  },
  {
    name: "does not know who is there",
    kills: "a channel names its peer",
    mutate: withDialled(() => ({ remoteAddress: "" })),
  },
];
