import { expect, test } from "@jest/globals";
import {
  BadRequest,
  Canceled,
  ContentTooLarge,
  InternalServerError,
  Timeout,
  Unavailable,
} from "../../../src/base/errors.js";
import { blameOf } from "../../../src/selector/blame.js";

const refused = { reason: "transport.refused" };

test.each([
  ["success", undefined, "none"],
  ["a refused connection", new Unavailable("", refused), "connection"],
  ["a dial that took too long", new Timeout("", refused), "connection"],
  ["a broken handler", new InternalServerError(""), "node"],
  ["an answer that took too long", new Timeout(""), "node"],
  ["a caller's mistake", new BadRequest(""), "caller"],
  ["a message too large for the transport", new ContentTooLarge("", refused), "caller"],
  ["a cancelled call", new Canceled("", refused), "unknown"],
  ["a bug on this side", new TypeError(""), "unknown"],
  ["a system error", Object.assign(new Error(""), { code: "ECONNRESET" }), "unknown"],
  ["null", null, "unknown"],
  ["an error of another copy of this package", { code: 503, ...refused }, "connection"],
])("%s", (_, error, blame) => {
  expect(blameOf(error)).toBe(blame);
});
