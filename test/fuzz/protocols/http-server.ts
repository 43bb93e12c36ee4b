import type { Chance } from "../chance.js";
import { httpBytes, httpParts, type HttpParts } from "../wire/http-message.js";
import { mutateBytes } from "../mutate/bytes.js";
import { mutatedRequests } from "./mucp-server.js";
import { nodeBytes, nodeJson } from "./sample-messages.js";
import type { ServerProtocol } from "./server-protocol.js";

const json = "application/json";

const post = (path: string, body: string | Buffer, contentType = json, more = {}): HttpParts =>
  httpParts(
    `POST ${path} HTTP/1.1`,
    { Host: "127.0.0.1", "Content-Type": contentType, ...more },
    body,
  );
const get = (path: string, method = "GET"): HttpParts => ({
  ...httpParts(`${method} ${path} HTTP/1.1`, { Host: "127.0.0.1" }, ""),
  body: { kind: "bare", bytes: Buffer.alloc(0) },
});

const ndjson = "application/x-ndjson";

const exchanges: readonly ((chance: Chance) => HttpParts[])[] = [
  () => [post("/fuzz/T/Echo", '{"text":"hello","list":[1,2,{"three":3}]}')],
  () => [post("/T/Typed", nodeJson), post("/T/Echo", "{}")],
  () => [post("/fuzz/T.Typed", nodeBytes, "application/protobuf")],
  () => [post("/T/Chat", '{"one":1}\n{"two":2}\n', ndjson, { Accept: ndjson })],
  () => [post("/T/Count", '{"to":3}', json, { Accept: "text/event-stream" })],
  () => [post("/T/Fail", "{}"), get("/health"), get("/ready"), get("/T/Echo")],
  () => [get("/T/Echo", "OPTIONS"), get("/", "HEAD")],
  () => [post("/T/Wait", "{}", json, { "Request-Timeout": "3ms" })],
  () => [post("/T/None", "{}"), post("/none/T/Echo?a=b", "{}")],
  (chance) => [
    post(`/${mutateBytes(Buffer.from("fuzz/T/Echo"), chance, 2).toString("latin1")}`, "{}"),
  ],
];

/** JSON over plain HTTP. */
export const httpServerProtocol: ServerProtocol = {
  input: (chance) => ({ bytes: mutatedRequests(exchanges, chance) }),
  probe: (index) => ({
    bytes: httpBytes(post("/fuzz/T/Echo", `{"probe":"p${index}."}`)),
    mark: Buffer.from(`"p${index}."`),
  }),
};
