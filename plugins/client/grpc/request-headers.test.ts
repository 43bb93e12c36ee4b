import { expect, test } from "@jest/globals";
import type { Attempt } from "../../../src/spi.js";
import type { CallTarget } from "./call-target.js";
import { requestHeaders } from "./request-headers.js";

const attempt = { kind: "unary", attempt: 1, metadata: undefined } as Attempt;
const target = { pathAt: () => "/a.B/C", grpcType: "application/grpc", contentType: "" };

test.each([
  [2_000, "2000000u"],
  [1_999.2, "2000000u"],
  [2_000.000_000_000_227, "2000000u"], // now + 2,000 - now, for some values of now
  [0.2, "1000u"],
  [Infinity, undefined],
])("a limit of %d ms goes out as %s", (timeoutMs, told) => {
  const headers = requestHeaders(attempt, target as unknown as CallTarget, "a", false, timeoutMs);
  expect(headers["grpc-timeout"]).toBe(told);
});
