import type { Chance } from "../chance.js";
import { mutatedAnswers, postsIn } from "../mutate/http-answers.js";
import { mutateJson } from "../mutate/json.js";
import { httpParts, type HttpParts } from "../wire/http-message.js";
import type { ClientProtocol } from "./client-protocol.js";

const json = "application/json";
const lines = "application/x-ndjson";

const ok = (body: string | Buffer, type = json, first = "HTTP/1.1 200 OK", more = {}): HttpParts =>
  httpParts(first, { "Content-Type": type, ...more }, body);

const answers: readonly ((chance: Chance) => HttpParts[])[] = [
  () => [ok('{"text":"hello"}')],
  (chance) => [ok(mutateJson('{"a":[1,{"b":"c"}]}', chance))],
  () => [ok('{"n":0}\n{"n":1}\n', lines)],
  () => [ok('{"n":0}\n{"error":{"id":"a","code":409,"detail":"no","status":"Conflict"}}\n', lines)],
  (chance) => [ok(Buffer.concat([mutateJson('{"n":[0,1]}', chance), Buffer.from("\n")]), lines)],
  (chance) => [
    ok(
      mutateJson(
        '{"id":"a","code":404,"detail":"none","status":"Not Found","data":{"a":1}}',
        chance,
      ),
      json,
      "HTTP/1.1 404 Not Found",
    ),
  ],
  () => [ok("<html>", "text/html", "HTTP/1.1 502 Bad Gateway")],
  () => [ok("", json, "HTTP/1.1 204 No Content"), ok("", json, "HTTP/1.1 304 Not Modified")],
  () => [ok("", json, "HTTP/1.1 302 Found", { Location: "http://127.0.0.1:1/" })],
  () => [
    ok("", json, "HTTP/1.1 101 Switching Protocols", { Upgrade: "h2c", Connection: "upgrade" }),
  ],
];

/** The client of plain HTTP, by a hostile server. */
export const httpClientProtocol: ClientProtocol = {
  requests: postsIn,
  answer: (chance) => mutatedAnswers(chance.of(answers)(chance), chance),
};
