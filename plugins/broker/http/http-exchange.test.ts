import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { HttpReader, HttpSyntaxError, type HttpMessage } from "./http-exchange.js";

const limits = { maxHeaderBytes: 200, maxBodyBytes: 100 };
const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");

function readAll(kind: "request" | "response", pieces: readonly Uint8Array[]): HttpMessage[] {
  const reader = new HttpReader(kind, limits);
  const found: HttpMessage[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let next = reader.next(); next; next = reader.next()) found.push(next);
  }
  return found;
}

const simplified = ({ method, target, status, body, keepAlive }: HttpMessage) => ({
  line: `${method} ${target} ${status}`,
  body: Buffer.from(body).toString("latin1"),
  keepAlive,
});

const read = (text: string, kind: "request" | "response" = "request") =>
  readAll(kind, [bytes(text)]).map(simplified);

describe("requests", () => {
  test.each([
    ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / 0", "", true],
    [
      "POST /?id=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
      "POST /?id=1 0",
      "abc",
      true,
    ],
    ["POST / HTTP/1.1\r\nhost:a\r\nConnection: Keep-Alive, Close\r\n\r\n", "POST / 0", "", false],
    ["POST / HTTP/1.0\r\n\r\n", "POST / 0", "", false],
    ["POST / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "POST / 0", "", true],
    [
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n" +
        "3\r\nabc\r\n0A;name=value\r\n0123456789\r\n0\r\nTrailer: yes\r\n\r\n",
      "POST / 0",
      "abc0123456789",
      true,
    ],
  ])("%j", (text, line, body, keepAlive) => {
    expect(read(text)).toEqual([{ line, body, keepAlive }]);
  });

  test("several come one after the other", () => {
    const one = "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
    expect(read(one + one + one).map(({ line }) => line)).toEqual(Array(3).fill("POST /1 0"));
  });

  test.each([
    [400, "POST  / HTTP/1.1\r\nHost: a\r\n\r\n"],
    [400, "POST / HTTP/2.0\r\nHost: a\r\n\r\n"],
    [400, "P@ST / HTTP/1.1\r\nHost: a\r\n\r\n"],
    [400, "POST /\x80 HTTP/1.1\r\nHost: a\r\n\r\n"],
    [400, "\r\nPOST / HTTP/1.1\r\nHost: a\r\n\r\n"],
    [400, "POST / HTTP/1.1\r\n\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\r\nNo colon\r\n\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\r\nName : space\r\n\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\nb: c\r\n\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"],
    [400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"],
    [501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"],
    [413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n"],
    [413, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"],
    [413, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"],
    [400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n"],
    [400, `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;${"x".repeat(300)}`],
    [
      400,
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${"x".repeat(300)}`,
    ],
    [431, "x".repeat(201)],
    [431, `POST / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(200)}\r\n\r\n`],
  ])("%d for %j", (status, text) => {
    const refusal = (pieces: readonly Uint8Array[]): unknown => {
      try {
        return readAll("request", pieces);
      } catch (error) {
        return error;
      }
    };
    expect(refusal([bytes(text)])).toMatchObject({ name: "HttpSyntaxError", status });
    const single = Array.from(bytes(text), (byte) => Uint8Array.of(byte));
    expect(refusal(single)).toMatchObject({ name: "HttpSyntaxError", status });
  });
});

describe("responses", () => {
  test.each([
    ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", true],
    ["HTTP/1.1 200\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", 200, "hi", false],
    ["HTTP/1.1 204 No Content\r\n\r\n", 204, "", true],
    [
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 1\r\n\r\n!",
      503,
      "!",
      true,
    ],
  ])("%j", (text, status, body, keepAlive) => {
    expect(read(text, "response")).toEqual([{ line: `  ${status}`, body, keepAlive }]);
  });

  test("may last until the connection ends", () => {
    const reader = new HttpReader("response", limits);
    reader.push(bytes("HTTP/1.1 200 OK\r\n\r\nbegin"));
    expect(reader.next()).toBeUndefined();
    reader.push(bytes("ning"));
    expect(reader.next()).toBeUndefined();
    expect(simplified(reader.end()!)).toEqual({
      line: "  200",
      body: "beginning",
      keepAlive: false,
    });
  });

  test("are bounded when they last until the end", () => {
    expect(() => read(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(101)}`, "response")).toThrow(
      HttpSyntaxError,
    );
  });

  test.each(["HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "ICY 200 OK\r\n\r\n"])(
    "%j is refused",
    (text) => {
      expect(() => read(text, "response")).toThrow(HttpSyntaxError);
    },
  );

  test("one that has not begun ends with nothing", () => {
    expect(new HttpReader("response", limits).end()).toBeUndefined();
  });
});

/** Cuts bytes at the given places. */
function cut(whole: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => whole.slice(start, [...at, whole.length][index]));
}

const places = fc.array(fc.nat(2_000), { maxLength: 12 });

test("a request reads the same however it is split", () => {
  const body = fc.uint8Array({ maxLength: 100 });
  fc.assert(
    fc.property(
      fc.array(body, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      places,
      (bodies, chunked, where) => {
        const whole = Buffer.concat(
          bodies.flatMap((each) => {
            const head = "POST /?id=a HTTP/1.1\r\nHost: a\r\n";
            if (!chunked) return [bytes(`${head}Content-Length: ${each.length}\r\n\r\n`), each];
            const chunks = [each.subarray(0, 7), each.subarray(7)].filter(
              ({ length }) => length > 0,
            );
            return [
              bytes(`${head}Transfer-Encoding: chunked\r\n\r\n`),
              ...chunks.flatMap((chunk) => [
                bytes(`${chunk.length.toString(16)}\r\n`),
                chunk,
                bytes("\r\n"),
              ]),
              bytes("0\r\n\r\n"),
            ];
          }),
        );
        const found = readAll("request", cut(whole, where)).map((each) => Buffer.from(each.body));
        expect(found).toEqual(bodies.map((each) => Buffer.from(each)));
      },
    ),
  );
});

test("any bytes are read, refused with a status, or wait for more, however they are split", () => {
  const plausible = fc
    .array(
      fc.constantFrom(
        "POST / HTTP/1.1\r\n",
        "HTTP/1.1 200 OK\r\n",
        "Host: a\r\n",
        "Content-Length: 5\r\n",
        "\r\n",
        "Transfer-Encoding: chunked\r\n",
        "5\r\n",
        "hello",
        "0\r\n",
        "\n",
        "\r",
        "\0",
        " ",
        "x: y",
      ),
      { maxLength: 20 },
    )
    .map((parts) => bytes(parts.join("")));
  fc.assert(
    fc.property(
      fc.oneof(plausible, fc.uint8Array({ maxLength: 600 })),
      places,
      fc.constantFrom("request" as const, "response" as const),
      (input, where, kind) => {
        const outcome = (pieces: readonly Uint8Array[]) => {
          try {
            return readAll(kind, pieces).map(simplified);
          } catch (error) {
            expect(error).toBeInstanceOf(HttpSyntaxError);
            return "refused";
          }
        };
        expect(outcome(cut(input, where))).toEqual(outcome([input]));
      },
    ),
    { numRuns: 500 },
  );
});
