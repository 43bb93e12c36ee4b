import type { Chance } from "../chance.js";
import {
  headerOf,
  type HttpBody,
  type HttpChunk,
  type HttpHeader,
  type HttpParts,
} from "../wire/http-message.js";
import { mutateBytes } from "./bytes.js";
import { mutateJson } from "./json.js";
import { mutateList } from "./lists.js";
import { edgeDecimals } from "./numbers.js";
import { nastyText } from "./texts.js";

/** Headers that change how a message is read, or what it is taken for. */
const telling: readonly (readonly [string, string])[] = [
  ["Content-Length", "0"],
  ["Content-Length", "5"],
  ["Content-Length", "65537"],
  ["Transfer-Encoding", "chunked"],
  ["Transfer-Encoding", "gzip, chunked"],
  ["Transfer-Encoding", "identity"],
  ["Transfer-Encoding", "chunked, chunked"],
  ["Transfer-Encoding", "\vchunked"],
  ["Connection", "close"],
  ["Connection", "keep-alive"],
  ["Connection", "Micro-Stream"],
  ["Connection", "upgrade"],
  ["Upgrade", "h2c"],
  ["Upgrade", "websocket"],
  ["HTTP2-Settings", "AAMAAABkAAQAAP__"],
  ["Expect", "100-continue"],
  ["Expect", "200-ok"],
  ["Content-Encoding", "gzip"],
  ["Content-Encoding", "br"],
  ["Content-Type", "application/json"],
  ["Content-Type", "application/protobuf"],
  ["Content-Type", "application/json-rpc"],
  ["Content-Type", "application/proto-rpc"],
  ["Content-Type", "application/octet-stream"],
  ["Content-Type", "application/grpc+json"],
  ["Content-Type", "application/x-ndjson"],
  ["Content-Type", "text/plain"],
  ["Accept", "text/event-stream"],
  ["Origin", "http://evil"],
  ["Trailer", "X"],
  ["Micro-Stream", "1"],
  ["Micro-Stream", "__proto__"],
  ["Micro-Error", "EOS"],
  ["Micro-Error", '{"code":200}'],
  ["Micro-Topic", "fuzz.topic"],
  ["Micro-Id", "0"],
  ["Micro-Endpoint", "T.Typed"],
  ["Micro-Endpoint", "T.Count"],
  ["Micro-Endpoint", "T.Chat"],
  ["Micro-Endpoint", "Debug.Stats"],
  ["Micro-Protocol", "x"],
  ["Micro-Target", "x"],
  ["Timeout", "1"],
  ["Timeout", "99999999999999999999"],
  ["Timeout", "-5"],
  ["Request-Timeout", "1ms"],
  ["Request-Timeout", "99999999999m"],
  ["Plugboard-Shape", "unary"],
  ["Plugboard-Shape", "bidi-stream"],
  ["Plugboard-Headers", "a,b,__proto__"],
  ["Plugboard-Attempt", "99999999999"],
  ["Plugboard-Trailer-X", "1"],
  ["Host", ""],
];

const namesInUse = [...new Set(telling.map(([name]) => name))];

function anyHeader(chance: Chance): HttpHeader {
  if (chance.once(2)) return headerOf(...chance.of(telling));
  const name = chance.once(2) ? nastyText(chance) : chance.of(namesInUse);
  return headerOf(name, chance.once(3) ? chance.of(edgeDecimals) : nastyText(chance));
}

function mutateHeaders(headers: readonly HttpHeader[], chance: Chance): readonly HttpHeader[] {
  const at = chance.below(headers.length);
  const one = headers[at];
  if (!one) return [anyHeader(chance)];
  switch (chance.below(7)) {
    case 0:
      return mutateList(headers, chance);
    case 1:
      return headers.with(at, headerOf(one.name, nastyText(chance)));
    case 2:
      return headers.with(at, headerOf(mutateText(one.name, chance), one.value));
    case 3:
      return [
        ...headers,
        ...Array.from({ length: chance.of([40, 120, 900]) }, (_, n) =>
          headerOf(`x-${chance.once(2) ? "same" : chance.below(1e6)}`, String(n)),
        ),
      ];
    case 4:
      return headers.with(at, headerOf(one.name, mutateText(one.value, chance)));
    default:
      return [...headers.slice(0, at), anyHeader(chance), ...headers.slice(at)];
  }
}

/** A text with a fault, byte for byte. */
const mutateText = (text: string, chance: Chance): string =>
  mutateBytes(Buffer.from(text, "latin1"), chance).toString("latin1");

const bytesOf = (body: HttpBody): Buffer =>
  body.kind === "chunks" ? Buffer.concat(body.chunks.map(({ bytes }) => bytes)) : body.bytes;

function inChunks(bytes: Buffer, chance: Chance): HttpBody {
  const chunks: HttpChunk[] = [];
  for (let at = 0; at < bytes.length && chunks.length < 40;) {
    const piece = bytes.subarray(at, at + 1 + chance.below(chance.of([1, 8, 100])));
    chunks.push({ bytes: piece, size: piece.length.toString(16) });
    at += piece.length;
  }
  if (chance.once(2) && chunks.length > 0) {
    const at = chance.below(chunks.length);
    const size = chance.of([
      "",
      "-1",
      "0",
      "ffffffff",
      "100000000",
      "1;a=b",
      `1;${"x".repeat(300)}`,
      " 1",
      "1 ",
      "0x1",
      "1\n",
      "g",
      "fffffffffffffffff",
      "00000001",
    ]);
    chunks[at] = { ...chunks[at]!, size };
  }
  const trailer = chance.of([
    "",
    "",
    "X: y\r\n",
    "Content-Length: 1\r\n",
    "X : y\r\n",
    "X: y\r\n".repeat(50),
    ": y\r\n",
    "X: y\n",
    `X: ${"y".repeat(17_000)}\r\n`,
  ]);
  return { kind: "chunks", chunks, trailer };
}

function mutateBody(body: HttpBody, chance: Chance): HttpBody {
  const bytes = bytesOf(body);
  switch (chance.below(6)) {
    case 0:
      return { kind: "length", bytes, said: chance.of(edgeDecimals) };
    case 1:
      return { kind: "length", bytes, said: String(bytes.length + chance.below(9) - 4) };
    case 2:
      return inChunks(bytes, chance);
    case 3:
      return { kind: "bare", bytes };
    case 4:
      return { kind: "length", bytes: mutateBytes(bytes, chance, 2) };
    default:
      return { kind: "length", bytes: mutateJson(bytes.toString(), chance) };
  }
}

/** A message with a few faults in its parts. */
export function mutateHttp(parts: HttpParts, chance: Chance): HttpParts {
  let changed = parts;
  for (let fault = 0, faults = 1 + chance.below(3); fault < faults; fault++) {
    const { first, headers, body } = changed;
    const what = chance.below(10);
    if (what < 4) changed = { ...changed, headers: mutateHeaders(headers, chance) };
    else if (what < 8) changed = { ...changed, body: mutateBody(body, chance) };
    else if (what === 8) changed = { ...changed, first: mutateText(first, chance) };
    else
      changed = {
        ...changed,
        lineEnd: chance.of(["\r\n", "\n", "\r", "\r\n ", "\r\r\n", "\r\n\r\n"]),
      };
  }
  return changed;
}
