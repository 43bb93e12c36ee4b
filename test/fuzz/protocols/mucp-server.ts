import type { Chance } from "../chance.js";
import { mutateBytes, splice } from "../mutate/bytes.js";
import { mutateHttp } from "../mutate/http.js";
import { mutateList } from "../mutate/lists.js";
import { mutateProtobuf } from "../mutate/protobuf.js";
import { httpBytes, httpParts, type HttpParts } from "../wire/http-message.js";
import { bytesField } from "../wire/protobuf.js";
import { u32 } from "../wire/http2-frame.js";
import { nodeBytes, nodeJson } from "./sample-messages.js";
import type { ServerProtocol } from "./server-protocol.js";

const json = "application/json";
const line = "POST / HTTP/1.1";
const block = (bytes: Buffer): Buffer => Buffer.concat([u32(bytes.length), bytes]);

/** A request as go-micro's clients write it. */
export const mucpPost = (
  endpoint: string,
  body: string | Buffer,
  contentType = json,
  more: Readonly<Record<string, string>> = {},
): HttpParts =>
  httpParts(
    line,
    {
      Host: "127.0.0.1",
      "Content-Type": contentType,
      "Micro-Service": "fuzz",
      "Micro-Endpoint": endpoint,
      "Micro-Id": "7",
      Timeout: "5000000000",
      ...more,
    },
    body,
  );

const streamed = { "Micro-Stream": "9" };

/** Exchanges that are valid. */
const exchanges: readonly ((chance: Chance) => HttpParts[])[] = [
  () => [mucpPost("T.Echo", '{"text":"hello","list":[1,2,{"three":3}]}')],
  () => [mucpPost("T.Typed", nodeJson), mucpPost("T.Echo", "{}")],
  (chance) => [mucpPost("T.Typed", mutateProtobuf(nodeBytes, chance), "application/protobuf")],
  () => [
    mucpPost("T.Echo", '{"method":"T.Echo","params":[{"a":1}],"id":"0"}', "application/json-rpc"),
  ],
  () => [
    mucpPost(
      "T.Typed",
      Buffer.concat([block(bytesField(1, "T.Typed")), block(nodeBytes)]),
      "application/proto-rpc",
    ),
  ],
  () => [
    mucpPost("T.Typed", Buffer.concat([Buffer.of(0), block(nodeBytes)]), "application/grpc+proto"),
  ],
  () => [
    mucpPost("T.Chat", "{}", json, streamed),
    mucpPost("T.Chat", '{"one":1}', json, streamed),
    mucpPost("T.Chat", '{"two":2}', json, streamed),
    mucpPost("T.Chat", "", json, { ...streamed, "Micro-Error": "EOS" }),
  ],
  () => [
    mucpPost("T.Count", "{}", json, streamed),
    mucpPost("T.Count", '{"to":3}', json, streamed),
  ],
  () => [mucpPost("T.Echo", '{"name":"x"}', json, { "Micro-Topic": "fuzz.topic" })],
  () => [mucpPost("T.Fail", "{}"), mucpPost("Debug.Health", "{}"), mucpPost("T.None", "{}")],
  () => [mucpPost("T.Wait", "{}", json, { Timeout: "3000000" })],
];

/** Requests, some of them with faults, as bytes. */
export function mutatedRequests(
  exchanges: readonly ((chance: Chance) => HttpParts[])[],
  chance: Chance,
): Buffer {
  let requests = chance.of(exchanges)(chance);
  if (chance.once(4)) requests = mutateList(requests, chance, chance.of(exchanges)(chance));
  if (requests.length > 0 && !chance.once(10)) {
    const at = chance.below(requests.length);
    requests = requests.with(at, mutateHttp(requests[at]!, chance));
  }
  const bytes = Buffer.concat(requests.map(httpBytes));
  if (chance.once(6)) return mutateBytes(bytes, chance, 1 + chance.below(3));
  if (chance.once(20))
    return splice(bytes, Buffer.concat(chance.of(exchanges)(chance).map(httpBytes)), chance);
  return bytes;
}

/** mucp over HTTP/1.1. */
export const mucpServer: ServerProtocol = {
  input: (chance) => ({ bytes: mutatedRequests(exchanges, chance) }),
  probe: (index) => ({
    bytes: httpBytes(mucpPost("T.Echo", `{"probe":"p${index}."}`)),
    mark: Buffer.from(`"p${index}."`),
  }),
};
