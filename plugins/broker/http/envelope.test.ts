import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readEnvelope, writeEnvelope } from "./envelope.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array): string => new TextDecoder().decode(body);

const letter = {
  topic: "my.topic",
  key: undefined,
  message: {
    headers: { "content-type": "application/json", "micro-id": "7", "x-b3-traceid": "t" },
    body: bytes('{"msg":"hi"}\n'),
  },
};

describe("writing", () => {
  test("v2 spells names as Go does", () => {
    expect(text(writeEnvelope("v2", letter))).toBe(
      '{"Header":{"Content-Type":"application/json","Micro-Id":"7","Micro-ID":"7","X-B3-Traceid":"t",' +
        '"Micro-Topic":"my.topic"},"Body":"eyJtc2ciOiJoaSJ9Cg=="}',
    );
  });

  test("v1 carries the topic in :topic", () => {
    expect(text(writeEnvelope("v1", { ...letter, key: "k" }))).toBe(
      '{"Header":{"Content-Type":"application/json","Micro-Id":"7","Micro-ID":"7","X-B3-Traceid":"t",' +
        '"Plugboard-Key":"k",":topic":"my.topic"},"Body":"eyJtc2ciOiJoaSJ9Cg=="}',
    );
  });
});

describe("reading", () => {
  test.each([
    '{"Header":{"Micro-Topic":"t","Micro-ID":"7"},"Body":"aGk="}',
    '{"header":{"micro-topic":"t","MICRO-ID":"7"},"body":"aGk="}',
    '{"HEADER":{"Micro-topic":"t","micro-id":"7"},"Other":1,"BODY":"aGk="}',
  ])("takes any case: %s", (json) => {
    const { topic, message } = readEnvelope(bytes(json));
    expect([topic, { ...message.headers }, text(message.body)]).toEqual([
      "t",
      { "micro-topic": "t", "micro-id": "7" },
      "hi",
    ]);
  });

  test("takes v1's topic and removes it", () => {
    const { topic, message } = readEnvelope(bytes('{"Header":{":topic":"t"},"Body":null}'));
    expect([topic, { ...message.headers }, message.body.length]).toEqual(["t", {}, 0]);
  });

  test.each([
    ["", "Unexpected end"],
    ["\xff", ""],
    ["[]", "the envelope is no JSON object"],
    ["null", "the envelope is no JSON object"],
    ['{"Header":[]}', "Header is no JSON object"],
    ['{"Header":{"a":1}}', "the header a is no text"],
    ["{}", "the message has no topic"],
    ['{"Header":{"Micro-Topic":""}}', "the message has no topic"],
    ['{"Header":{"Micro-Topic":"t"},"Body":"a"}', "Body is no base64"],
    ['{"Header":{"Micro-Topic":"t"},"Body":"a-_="}', "Body is no base64"],
    ['{"Header":{"Micro-Topic":"t"},"Body":7}', "Body is no base64"],
  ])("refuses %j", (json, detail) => {
    expect(() => readEnvelope(Buffer.from(json, "latin1"))).toThrow(detail);
  });
});

test("what is written is read again", () => {
  const name = fc.string({ minLength: 1, maxLength: 12 }).map((each) => `x-${each.toLowerCase()}`);
  const headers = fc.dictionary(fc.oneof(name, fc.constant("__proto__")), fc.string(), {
    noNullPrototype: false,
  });
  const topics = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(
      headers,
      topics,
      fc.uint8Array(),
      fc.option(fc.string(), { nil: undefined }),
      fc.constantFrom("v1" as const, "v2" as const),
      (sent, topic, body, key, dialect) => {
        // A name that Unicode changes when its case changes is no header name.
        fc.pre(Object.keys(sent).every((each) => each.toUpperCase().toLowerCase() === each));
        const read = readEnvelope(
          writeEnvelope(dialect, { topic, key, message: { headers: sent, body } }),
        );
        expect([read.topic, read.key, Buffer.from(read.message.body)]).toEqual([
          topic,
          key,
          Buffer.from(body),
        ]);
        const expected = dialect === "v2" ? { ...sent, "micro-topic": topic } : sent;
        expect(Object.entries(read.message.headers).sort()).toEqual(
          Object.entries(expected).sort(),
        );
      },
    ),
  );
});
