import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  incomingMetadata,
  readTimeoutMs,
  travellingMetadata,
  writeTimeout,
} from "../../../src/call/headers.js";

test("a timeout is read as written, in nanoseconds", () => {
  expect(writeTimeout(5_000)).toBe("5000000000");
  expect(writeTimeout(0)).toBe("1000");
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000_000_000 }), (ms) => {
      expect(readTimeoutMs(writeTimeout(ms))).toBe(ms);
    }),
  );
});

test.each([[undefined], [""], ["5s"], ["-1"], ["1e9"], ["٣"], ["99999999999999999999"]])(
  "the timeout %p counts as none",
  (text) => {
    expect(readTimeoutMs(text)).toBeUndefined();
  },
);

test("a timeout is never longer than a timer can hold", () => {
  expect(readTimeoutMs("9999999999999999999")).toBe(2_147_483_647);
});

const incoming = {
  "x-request-id": "7",
  traceparent: "00-a-b-01",
  authorization: "Bearer secret",
  cookie: "a=b",
  "micro-stream": "1",
  "x-micro-id": "2",
  "content-length": "3",
  local: "l",
  remote: "r",
  timeout: "1",
  "plugboard-attempt": "2",
  connection: "close",
};

test("metadata travels without credentials, hop-by-hop names and the protocol's own", () => {
  expect({ ...travellingMetadata(incoming, "all") }).toEqual({
    "x-request-id": "7",
    traceparent: "00-a-b-01",
  });
  expect({ ...travellingMetadata(incoming, "none") }).toEqual({});
});

test("a list lets its names through, credentials included, and never the protocol's", () => {
  const listed = ["Authorization", "X-Request-Id", "micro-stream", "remote", "absent"];
  expect({ ...travellingMetadata(incoming, listed) }).toEqual({
    "x-request-id": "7",
    authorization: "Bearer secret",
  });
});

test("a handler sees what came, without framing", () => {
  const seen = incomingMetadata(incoming);
  expect(Object.keys(seen).sort()).toEqual([
    "authorization",
    "cookie",
    "micro-stream",
    "traceparent",
    "x-micro-id",
    "x-request-id",
  ]);
  expect("toString" in seen).toBe(false);
});
