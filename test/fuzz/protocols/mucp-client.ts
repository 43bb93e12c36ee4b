import type { Chance } from "../chance.js";
import { mutatedAnswers, postsIn } from "../mutate/http-answers.js";
import { mutateJson } from "../mutate/json.js";
import { mutateProtobuf } from "../mutate/protobuf.js";
import { httpParts, type HttpParts } from "../wire/http-message.js";
import type { ClientProtocol } from "./client-protocol.js";
import { nodeBytes } from "./sample-messages.js";

const json = "application/json";
const error =
  '{"id":"fuzz","code":409,"detail":"no","status":"Conflict","type":"shop.OutOfStock","data":{"left":1,"toString":1},"details":[{"type":"t","value":"AA=="}]}';

const ok = (
  body: string | Buffer,
  more: Readonly<Record<string, string>> = {},
  first = "HTTP/1.1 200 OK",
): HttpParts =>
  httpParts(
    first,
    { "Content-Type": json, "Micro-Id": "7", "Micro-Endpoint": "T.Echo", ...more },
    body,
  );

const answers: readonly ((chance: Chance) => HttpParts[])[] = [
  () => [ok('{"text":"hello"}')],
  (chance) => [ok(mutateJson('{"a":[1,{"b":"c"}]}', chance))],
  (chance) => [ok(mutateProtobuf(nodeBytes, chance), { "Content-Type": "application/protobuf" })],
  () => [ok("", { "Micro-Error": error })],
  (chance) => [
    ok("", {
      "Micro-Error": mutateJson(error, chance)
        .toString("latin1")
        .replace(/[\r\n\0]/g, " "),
    }),
  ],
  () => [
    ok('{"n":0}', { "Micro-Stream": "1" }),
    ok('{"n":1}', { "Micro-Stream": "1" }),
    ok("", { "Micro-Error": "EOS", "Micro-Stream": "1" }),
  ],
  () => [ok("", {}, "HTTP/1.1 100 Continue"), ok("{}")],
  () => [ok("busy", {}, "HTTP/1.1 503 Service Unavailable")],
  () => [ok("{}", { "Plugboard-Headers": "a,b", "Plugboard-Trailer-X": "1" }, "HTTP/1.0 200 OK")],
];

/** mucp's client, by a hostile server. */
export const mucpClient: ClientProtocol = {
  requests: postsIn,
  answer: (chance) => mutatedAnswers(chance.of(answers)(chance), chance),
};
