import { mutatedAnswers, postsIn } from "../mutate/http-answers.js";
import { httpParts, type HttpParts } from "../wire/http-message.js";
import type { ClientProtocol } from "./client-protocol.js";

const answer = (first: string, body = ""): HttpParts =>
  httpParts(`HTTP/1.1 ${first}`, { "Content-Type": "application/json" }, body);

const answers: readonly (readonly HttpParts[])[] = [
  [answer("200 OK")],
  [
    answer(
      "500 Internal Server Error",
      '{"id":"go.micro.broker","code":500,"detail":"x","status":"x"}',
    ),
  ],
  [answer("100 Continue"), answer("200 OK")],
  [answer("404 Not Found", "none")],
  [answer("503 Service Unavailable")],
];

/** The http broker's publisher, by a hostile subscriber. */
export const brokerClient: ClientProtocol = {
  requests: postsIn,
  answer: (chance) => mutatedAnswers(chance.of(answers), chance),
};
