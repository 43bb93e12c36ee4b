import { describe, expect, test } from "@jest/globals";
import { recordFormats } from "./record-format.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array): string => new TextDecoder().decode(value);
const { "go-micro": goMicro, native } = recordFormats;

describe("go-micro's envelope", () => {
  test("is written as Go writes it, headers in Go's spelling", () => {
    const headers = { "content-type": "application/json", "micro-id": "7", "micro-topic": "t" };
    const record = goMicro.write({ headers, body: bytes('{"msg":"hi"}\n') });
    expect(text(record.value)).toBe(
      '{"Header":{"Content-Type":"application/json","Micro-Id":"7","Micro-ID":"7","Micro-Topic":"t"},"Body":"eyJtc2ciOiJoaSJ9Cg=="}',
    );
    expect({ ...record.headers }).toEqual({});
  });

  test.each([
    '{"Header":{"Micro-ID":"7"},"Body":"aGk="}',
    '{"header":{"micro-id":"7"},"body":"aGk="}',
    '{"BODY":"aGk=","HEADER":{"MICRO-ID":"7"}}',
  ])("is read in any case: %s", (value) => {
    const { headers, body } = goMicro.read({ value: bytes(value), headers: {} });
    expect([{ ...headers }, text(body)]).toEqual([{ "micro-id": "7" }, "hi"]);
  });

  test.each([
    ['{"Header":null,"Body":null}', 0],
    ['{"Header":{}}', 0],
    ['{"Body":"aGk="}', 2],
  ])("may lack a part, as Go leaves out what is empty: %s", (value, length) => {
    expect(goMicro.read({ value: bytes(value), headers: {} }).body).toHaveLength(length);
  });

  test("is overlaid by Kafka's own headers", () => {
    const value = bytes('{"Header":{"X-A":"envelope","X-B":"envelope"},"Body":""}');
    const { headers } = goMicro.read({ value, headers: { "x-b": "record", "x-c": "record" } });
    expect({ ...headers }).toEqual({ "x-a": "envelope", "x-b": "record", "x-c": "record" });
  });

  test("cannot reach Object.prototype", () => {
    const value = bytes('{"Header":{"__proto__":"x"},"Body":""}');
    const { headers } = goMicro.read({ value, headers: {} });
    expect("toString" in headers).toBe(false);
    expect(Object.keys(headers)).toEqual(["__proto__"]);
  });

  test.each([
    [undefined, "no value"],
    ["", "JSON"],
    ["plain", "JSON"],
    ["7", "no JSON object"],
    ["[]", "no JSON object"],
    ['{"order":1}', "neither Header nor Body"],
    ['{"Header":{"a":1},"Body":""}', "the header a is no text"],
    ['{"Header":[],"Body":""}', "Header is no JSON object"],
    ['{"Header":{},"Body":"a"}', "no base64"],
    ['{"Header":{},"Body":{}}', "no base64"],
  ])("refuses %p, and says why", (value, reason) => {
    const record = { value: value === undefined ? value : bytes(value), headers: {} };
    expect(() => goMicro.read(record)).toThrow(reason);
  });

  test("refuses what is no UTF-8", () => {
    const value = Uint8Array.of(0x22, 0xff, 0x22);
    expect(() => goMicro.read({ value, headers: {} })).toThrow();
  });
});

describe("the native format", () => {
  test("leaves headers and body as they are", () => {
    const message = { headers: { "micro-id": "7" }, body: bytes("hi") };
    const { value, headers } = native.write(message);
    expect([value, { ...headers }]).toEqual([message.body, message.headers]);
    const read = native.read({ value: message.body, headers: message.headers });
    expect([{ ...read.headers }, read.body]).toEqual([message.headers, message.body]);
    expect(read.body.buffer).not.toBe(message.body.buffer);
  });

  test("refuses a record without a value", () => {
    expect(() => native.read({ value: undefined, headers: {} })).toThrow("no value");
  });
});
