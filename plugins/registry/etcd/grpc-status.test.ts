import { expect, test } from "@jest/globals";
import { RpcError } from "../../../src/spi.js";
import { isUnreachable, statusError, statusOf } from "./grpc-status.js";

test.each([
  [14, "No connection established", 503, "registry.unreachable", "safe"],
  [14, "etcdserver: no leader", 503, "registry.unreachable", "safe"],
  [4, "Deadline exceeded", 503, "registry.unreachable", "safe"],
  [8, "etcdserver: mvcc: database space exceeded", 503, "registry.unreachable", "safe"],
  [16, "etcdserver: invalid auth token", 401, "registry.unauthorized", "never"],
  [
    3,
    "etcdserver: authentication failed, invalid user ID or password",
    401,
    "registry.unauthorized",
    "never",
  ],
  [3, "etcdserver: user name is empty", 401, "registry.unauthorized", "never"],
  [7, "etcdserver: permission denied", 403, "registry.forbidden", "never"],
  [3, "etcdserver: request is too large", 413, "registry.too-large", "never"],
  [5, "etcdserver: requested lease not found", 404, undefined, "never"],
  [12, "unknown service", 500, undefined, "never"],
])("status %i, %s", (code, details, expected, reason, retry) => {
  const error = statusError({ code, details }, "etcd:2379");
  expect(error).toMatchObject({ code: expected, retry });
  expect(error.reason).toBe(reason);
  expect(error.detail).toBe(`registry etcd: etcd:2379: ${details}`);
  expect(statusOf(error)).toEqual({ code, details });
  expect(isUnreachable(error)).toBe(expected === 503);
});

test.each([
  undefined,
  new Error("x"),
  new RpcError(503, "x"),
  new RpcError(503, "x", { cause: {} }),
])("%p has no status", (error) => {
  expect(statusOf(error)).toBeUndefined();
  expect(isUnreachable(error)).toBe(false);
});
