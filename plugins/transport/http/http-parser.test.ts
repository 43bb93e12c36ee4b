import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { RpcError, type Message } from "../../../src/spi.js";
import { FieldNames } from "./field-names.js";
import { HttpParser, type HttpMessage } from "./http-parser.js";
import { MessageWriter } from "./message-writer.js";

const names = new FieldNames();
const writer = new MessageWriter(names);
const maxHeaderBytes = 300;
const maxMessageBytes = 200;

type Reads = "requests" | "responses";

interface Outcome {
  readonly messages: readonly HttpMessage[];
  readonly reason: string | undefined;
}

const plain = ({ headers, body, ...rest }: HttpMessage): HttpMessage => ({
  ...rest,
  headers: { ...headers },
  body: new Uint8Array(body),
});

/** Reads pieces; checks the bound after each. */
function read(pieces: readonly Uint8Array[], reads: Reads): Outcome {
  const parser = new HttpParser({ reads, peer: "peer", names, maxHeaderBytes, maxMessageBytes });
  const messages: HttpMessage[] = [];
  try {
    for (const piece of pieces) {
      parser.push(piece);
      for (let message = parser.next(); message; message = parser.next())
        messages.push(plain(message));
      expect(parser.bufferedBytes).toBeLessThanOrEqual(maxHeaderBytes + maxMessageBytes + 1);
    }
    const last = parser.end();
    if (last) messages.push(plain(last));
    return { messages, reason: undefined };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    expect(() => parser.next()).toThrow(error);
    expect(() => parser.end()).toThrow(error);
    return { messages, reason: error.reason };
  }
}

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const one = (text: string, reads: Reads = "requests"): Outcome => read([bytes(text)], reads);

/** Cuts bytes at the given places. */
function cut(whole: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(places.map((place) => place % (whole.length + 1)))].sort(
    (a, b) => a - b,
  );
  let from = 0;
  const pieces = [...sorted, whole.length].map((to) => {
    const piece = whole.slice(from, to);
    from = to;
    return piece;
  });
  return pieces.filter(({ length }) => length > 0);
}

/** What almost is HTTP. */
const fragment = fc.constantFrom(
  ...["POST / HTTP/1.1\r\n", "GET /x HTTP/1.0\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 \r\n"],
  ...[
    "HTTP/1.0 500 Oh\r\n",
    "HTTP/1.1 204 No\r\n",
    "Content-Length: 5\r\n",
    "content-length: 0\r\n",
  ],
  ...["Content-Length: 999\r\n", "Content-Length: +1\r\n", "Transfer-Encoding: chunked\r\n"],
  ...["Transfer-Encoding: gzip\r\n", "Connection: close\r\n", "X-A: b\r\n", "X-A: \xc3\xa9\r\n"],
  ...["Expect: 100-continue\r\n", " folded\r\n", "\r\n", "\r", "\n", "5\r\nhello\r\n", "hello"],
  ...["0\r\n\r\n", "0\r\nT: x\r\n\r\n", "a;ext=1\r\n", "fffffffff\r\n", "\0", ":", "x".repeat(120)],
);
const nearlyHttp = fc.array(fragment, { maxLength: 14 }).map((parts) => bytes(parts.join("")));
const anyBytes = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }) },
  { weight: 4, arbitrary: nearlyHttp },
);
const places = fc.array(fc.nat(1_000), { maxLength: 20 });
const reads = fc.constantFrom<Reads>("requests", "responses");

describe("any bytes", () => {
  test("give messages or a typed error, the same however they are cut", () => {
    const known = [
      undefined,
      "transport.malformed",
      "transport.too-large",
      "transport.headers-too-large",
    ];
    fc.assert(
      fc.property(anyBytes, places, reads, (whole, at, what) => {
        const outcome = read([whole], what);
        expect(known).toContain(outcome.reason);
        expect(read(cut(whole, at), what)).toEqual(outcome);
      }),
      { numRuns: 1_500 },
    );
  });

  test("one by one are no different", () => {
    fc.assert(
      fc.property(anyBytes, reads, (whole, what) => {
        const single = [...whole].map((byte) => Uint8Array.of(byte));
        expect(read(single, what)).toEqual(read([whole], what));
      }),
      { numRuns: 300 },
    );
  });
});

describe("what was written", () => {
  const name = fc.stringMatching(/^x-[a-z0-9][a-z0-9-]{0,8}$/);
  const value = fc
    .string({ unit: "grapheme", maxLength: 12 })
    .filter((text) => !/[^\t -~\u0080-\uffff]/.test(text))
    .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ""));
  const message: fc.Arbitrary<Message> = fc.record({
    headers: fc.dictionary(name, value, { maxKeys: 4 }),
    body: fc.uint8Array({ maxLength: maxMessageBytes }),
  });
  const written = ({ headers, body }: Message, start: string): Uint8Array =>
    writer.encode(start, writer.fields(headers), body);
  const same = (got: HttpMessage | undefined, sent: Message): void => {
    expect({ ...got?.headers }).toEqual({ ...sent.headers });
    expect(new Uint8Array(got?.body ?? [])).toEqual(new Uint8Array(sent.body));
  };

  test("is read again, in any pieces, one message after another", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), places, (sent, at) => {
        for (const [start, what] of [
          ["POST / HTTP/1.1\r\nHost: h\r\n", "requests"],
          ["HTTP/1.1 200 OK\r\n", "responses"],
        ] as const) {
          const whole = Buffer.concat(sent.map((each) => written(each, start)));
          const { messages, reason } = read(cut(whole, at), what);
          expect(reason).toBeUndefined();
          expect(messages).toHaveLength(sent.length);
          sent.forEach((each, index) => same(messages[index], each));
        }
      }),
    );
  });

  test("is read again with a cut at every place", () => {
    const sent = { headers: { "micro-id": "1", "x-e": "é🧀" }, body: bytes("body\r\n\r\n") };
    const whole = written(sent, "POST / HTTP/1.1\r\nHost: h\r\n");
    for (let at = 0; at <= whole.length; at++) {
      const { messages } = read(cut(whole, [at]), "requests");
      expect(messages).toHaveLength(1);
      same(messages[0], sent);
    }
  });

  test("never frames anything but itself", () => {
    const text = Buffer.from(
      written(
        {
          headers: {
            "content-length": "99",
            "transfer-encoding": "chunked",
            connection: "close",
            host: "evil",
            expect: "100-continue",
            "x-note": "a\r\nContent-Length: 7\r\n\r\n\0\x7f",
          },
          body: bytes("ok"),
        },
        "POST / HTTP/1.1\r\nHost: h\r\n",
      ),
    ).toString();
    expect(text).toBe(
      "POST / HTTP/1.1\r\nHost: h\r\n" +
        "X-Note: a  Content-Length: 7      \r\nContent-Length: 2\r\n\r\nok",
    );
  });

  test("has a name that HTTP can write, or is refused", () => {
    for (const bad of ["", "a b", "a:b", "a\r\nb", "é", "a\0"])
      expect(() => writer.fields({ [bad]: "x" })).toThrow("is no HTTP header name");
  });
});

describe("requests", () => {
  const head = (lines: string): string => `POST / HTTP/1.1\r\n${lines}\r\n`;

  test.each([
    ["a bare line feed", "POST / HTTP/1.1\nHost: h\n\n"],
    ["a bare carriage return", "POST / HTTP/1.1\r\nA: b\rc\r\n\r\n"],
    ["a folded line", head("A: b\r\n c\r\n")],
    ["a space before the colon", head("A : b\r\n")],
    ["a line without colon", head("A\r\n")],
    ["an empty name", head(": b\r\n")],
    ["a control character", head("A: \x01\r\n")],
    ["a NUL in a name", head("A\0: b\r\n")],
    ["two lengths, even equal ones", head("Content-Length: 1\r\nContent-Length: 1\r\n") + "a"],
    ["a list of lengths", head("Content-Length: 1, 1\r\n") + "a"],
    ["a negative length", head("Content-Length: -1\r\n")],
    ["a signed length", head("Content-Length: +1\r\n") + "a"],
    ["a hexadecimal length", head("Content-Length: 0x1\r\n") + "a"],
    ["an empty length", head("Content-Length:\r\n")],
    ["a length and chunks", head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")],
    ["chunks and a length", head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")],
    ["an encoding besides chunked", head("Transfer-Encoding: gzip, chunked\r\n")],
    ["chunked twice", head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")],
    ["chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["HTTP/0.9", "GET /\r\n\r\n"],
    ["TLS", "\x16\x03\x01\x02\0\x01"],
    ["a response", "HTTP/1.1 200 OK\r\n\r\n"],
    ["an end within the head", "POST / HT"],
    ["an end within the body", head("Content-Length: 5\r\n") + "abc"],
  ])("%s is malformed", (_what, text) => {
    expect(one(text)).toEqual({ messages: [], reason: "transport.malformed" });
  });

  const chunked = head("Transfer-Encoding: chunked\r\n");
  test.each([
    ["no size", "\r\n"],
    ["no hexadecimal size", "g\r\n"],
    ["a space before the size", " 5\r\nhello\r\n0\r\n\r\n"],
    ["a space after the size", "5 \r\nhello\r\n0\r\n\r\n"],
    ["a negative size", "-5\r\n"],
    ["a size with 0x", "0x5\r\n"],
    ["a size over 32 bits", "100000000\r\n"],
    ["a bare line feed", "5\nhello\n0\n\n"],
    ["more data than its size", "5\r\nhello!\r\n0\r\n\r\n"],
    ["less data than its size", "5\r\nhell\r\n0\r\n\r\n"],
    ["an endless extension", `5;${"e".repeat(300)}\r\nhello\r\n0\r\n\r\n`],
    ["a bad trailer", "0\r\nno colon\r\n\r\n"],
  ])("a chunk with %s is malformed", (_what, body) => {
    expect(one(chunked + body)).toEqual({ messages: [], reason: "transport.malformed" });
  });

  test("chunks are joined, extensions and trailers skipped", () => {
    const text = chunked + "5;a=b\r\nhello\r\n1;c\r\n \r\n5\r\nworld\r\n0\r\nX-T: y\r\n\r\n";
    const { messages } = one(text + text);
    expect(messages.map(({ body }) => Buffer.from(body).toString())).toEqual(
      Array.from({ length: 2 }, () => "hello world"),
    );
    expect(messages[0]?.headers).toEqual({});
  });

  test("any method and path, empty lines before them, and both versions are taken", () => {
    const text = "\r\n\r\nGET /foo/bar?x HTTP/1.1\r\nHost: h\r\n\r\nM-SEARCH * HTTP/1.0\r\n\r\n";
    expect(one(text).messages).toMatchObject([
      { old: false, close: false },
      { old: true, close: true },
    ]);
  });

  test("headers: first value wins, blanks go, connection headers are not shown", () => {
    const [message] = one(
      head(
        "Host: h\r\nUser-Agent: u\r\nX-A: \t one \t\r\nx-a: two\r\nX-Empty:\r\nTE: x\r\n" +
          "Connection: keep-alive, Close\r\nKeep-Alive: 5\r\n__proto__: p\r\n",
      ),
    ).messages;
    const headers = Object.entries(message?.headers ?? {});
    expect(headers).toEqual([
      ["x-a", "one"],
      ["x-empty", ""],
      ["__proto__", "p"],
    ]);
    expect(message?.close).toBe(true);
  });

  test("limits: the last byte within passes, the first beyond does not", () => {
    const fits = "x".repeat(maxHeaderBytes - head("A: \r\n").length);
    expect(one(head(`A: ${fits}\r\n`)).reason).toBeUndefined();
    expect(one(head(`A: ${fits}x\r\n`)).reason).toBe("transport.headers-too-large");
    expect(one(head(`A: ${"x".repeat(maxHeaderBytes)}`)).reason).toBe(
      "transport.headers-too-large",
    );
    const body = "x".repeat(maxMessageBytes);
    expect(one(head(`Content-Length: ${body.length}\r\n`) + body).reason).toBeUndefined();
    expect(one(head(`Content-Length: ${body.length + 1}\r\n`)).reason).toBe("transport.too-large");
    const size = body.length.toString(16);
    expect(one(`${chunked}${size}\r\n${body}\r\n0\r\n\r\n`).reason).toBeUndefined();
    expect(one(`${chunked}${size}\r\n${body}\r\n1\r\n`).reason).toBe("transport.too-large");
    expect(one(`${chunked}0\r\n${"T: x\r\n".repeat(60)}`).reason).toBe(
      "transport.headers-too-large",
    );
  });
});

describe("responses", () => {
  test("interim ones are skipped, 204 and 304 have no body", () => {
    const text =
      "HTTP/1.1 100 Continue\r\nX-A: no\r\n\r\nHTTP/1.1 103 \r\n\r\n" +
      "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n" +
      "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok";
    expect(
      one(text, "responses").messages.map(({ status, body }) => [status, body.length]),
    ).toEqual([
      [204, 0],
      [304, 0],
      [200, 2],
    ]);
  });

  test("without a length the body lasts until the end, within its limit", () => {
    const head = "HTTP/1.1 200 OK\r\n\r\n";
    const [message] = one(`${head}until the end`, "responses").messages;
    expect(message).toMatchObject({ close: true, status: 200 });
    expect(Buffer.from(message?.body ?? []).toString()).toBe("until the end");
    expect(one(head + "x".repeat(maxMessageBytes + 1), "responses").reason).toBe(
      "transport.too-large",
    );
  });

  test.each([
    "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 099 OK\r\n\r\n",
    "HTTP/2.0 200 OK\r\n\r\n",
    "POST / HTTP/1.1\r\n\r\n",
  ])("%j is malformed", (text) => {
    expect(one(text, "responses").reason).toBe("transport.malformed");
  });
});
