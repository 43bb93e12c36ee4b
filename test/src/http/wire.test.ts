import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  fromHeaderText,
  Lines,
  mediaType,
  readCallPath,
  readErrorLine,
  rpcError,
  toHeaderText,
  valueLine,
  writeCallPath,
  writeErrorLine,
} from "../../../src/spi.js";

describe("a path", () => {
  const text = fc.string({ minLength: 1, unit: "grapheme" });
  const name = text.filter((each) => !each.includes("."));

  test("is read as it was written", () => {
    fc.assert(
      fc.property(text, name, name, (service, type, method) => {
        const path = writeCallPath(service, { endpoint: `${type}.${method}` });
        expect(readCallPath(path)).toEqual({ service, endpoint: `${type}.${method}` });
      }),
    );
  });

  test.each([
    ["/Greeter/Hello", undefined, "Greeter.Hello"],
    ["/greeter/Greeter/Hello", "greeter", "Greeter.Hello"],
    ["/go.micro.greeter/Greeter.Hello", "go.micro.greeter", "Greeter.Hello"],
    ["/go.micro.greeter/Greeter/Hello", "go.micro.greeter", "Greeter.Hello"],
    ["/greeter.v1.Greeter/Hello?a/b", "greeter.v1", "Greeter.Hello"],
    ["/Greeter.Hello", undefined, "Greeter.Hello"],
    ["/", undefined, ""],
    ["/a/b/c/d", undefined, "/a/b/c/d"],
  ])("%s", (path, service, endpoint) => {
    expect(readCallPath(path)).toEqual({ service, endpoint });
  });

  test("needs no service", () => {
    expect(writeCallPath("", { endpoint: "Greeter.Hello" })).toBe("/Greeter/Hello");
    expect(writeCallPath("greeter", { endpoint: "nonsense" })).toBe("/greeter/nonsense");
  });
});

describe("a header", () => {
  test("brings any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const sent = toHeaderText(text);
        expect(sent).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
        // eslint-disable-next-line no-control-regex
        expect(fromHeaderText(sent)).toBe(text.replace(/[\0-\x08\n-\x1f\x7f]/g, " "));
      }),
    );
  });

  test("of another encoding stays what it is", () => {
    expect(fromHeaderText("Gr\xfc\xdfe")).toBe("Gr\xfc\xdfe");
  });

  test("names a media type, whatever stands after it", () => {
    expect(mediaType(" Application/JSON ; charset=utf-8")).toBe("application/json");
    expect(mediaType(undefined)).toBe("");
  });
});

describe("lines", () => {
  const linesOf = (text: string, pieceBytes: number, maxBytes = 1_000): Lines => {
    const bytes = Buffer.from(text);
    let at = 0;
    return new Lines(async () => {
      if (at >= bytes.length) return undefined;
      const piece = bytes.subarray(at, at + pieceBytes);
      at += pieceBytes;
      return piece;
    }, maxBytes);
  };

  const read = async (lines: Lines): Promise<string[]> => {
    const all: string[] = [];
    for (;;) {
      const line = await lines.read();
      if (!line) return all;
      all.push(line.toString());
    }
  };

  test("are the same in whatever pieces they come", async () => {
    const text = fc
      .array(fc.constantFrom("a", "ö", "{}", " ", "\n", "\r\n"))
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (all, pieceBytes) => {
        const expected = all.split("\n").map((line) => line.replace(/\r$/, ""));
        expect(await read(linesOf(all, pieceBytes))).toEqual(expected.filter((line) => line));
      }),
    );
  });

  test("over the limit are refused, as soon as that is known", async () => {
    const lines = linesOf(`ok\n${"x".repeat(11)}`, 3, 10);
    expect((await lines.read())?.toString()).toBe("ok");
    await expect(lines.read()).rejects.toMatchObject({ code: 413, reason: "transport.too-large" });
  });
});

describe("the line of an error", () => {
  const classes = new Map<string, never>();

  test("brings it", () => {
    const error = rpcError(409, "busy\nwith «it»", { id: "greeter", data: { left: [{}] } });
    const line = writeErrorLine(error);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    const { code, detail, id, data } = readErrorLine(Buffer.from(line.trimEnd()), "x", classes)!;
    expect({ code, detail, id, data }).toEqual({
      code: 409,
      detail: "busy\nwith «it»",
      id: "greeter",
      data: { left: [{}] },
    });
  });

  test("is never that of a value", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ error: fc.jsonValue() })), (value) => {
        const line = Buffer.from(valueLine(Buffer.from(JSON.stringify(value))));
        expect(readErrorLine(line, "x", classes)).toBeUndefined();
        expect(JSON.parse(line.toString())).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
