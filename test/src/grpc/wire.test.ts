import { describe, expect, test } from "@jest/globals";
import { jsonCodec } from "../../../plugins/codec/json/index.js";
import { protobufCodec } from "../../../plugins/codec/protobuf/index.js";
import { errorStatus, type ErrorCode } from "../../../src/base/error-code.js";
import { RpcError } from "../../../src/base/error.js";
import { NotFound, rpcError } from "../../../src/base/errors.js";
import { errorClasses } from "../../../src/call/error-wire.js";
import { Codecs } from "../../../src/codec/codecs.js";
import { fromGrpcType, toGrpcType } from "../../../src/grpc/content-type.js";
import { fromWireMetadata, toWireMetadata } from "../../../src/grpc/metadata-wire.js";
import { readGrpcPath, writeGrpcPath } from "../../../src/grpc/path.js";
import { fromStatus, toStatus } from "../../../src/grpc/status-error.js";
import { fromGrpcStatus, grpcStatus, toGrpcStatus } from "../../../src/grpc/status.js";
import { readGrpcTimeout, writeGrpcTimeout } from "../../../src/grpc/timeout.js";
import { virtualWorld } from "../../support/virtual-environment.js";

const codecs = async (): Promise<Codecs> => {
  const environment = virtualWorld().environment();
  return new Codecs([
    await protobufCodec().create(environment),
    await jsonCodec().create(environment),
  ]);
};

describe("statuses", () => {
  test.each([
    [400, 3],
    [401, 16],
    [403, 7],
    [404, 5],
    [408, 4],
    [409, 6],
    [412, 9],
    [500, 13],
    [501, 12],
    [503, 14],
  ] as const)("%i is go-micro's %i, and back", (code, status) => {
    expect(toGrpcStatus(rpcError(code, "x"))).toBe(status);
    expect(fromGrpcStatus(status)).toBe(code);
  });

  test("every code has a status that is none of success", () => {
    for (const code of Object.keys(errorStatus).map(Number) as ErrorCode[])
      expect(toGrpcStatus(rpcError(code, "x"))).toBeGreaterThan(0);
  });

  test("every status of a stranger goes on as it came", async () => {
    const all = await codecs();
    for (const code of Object.values(grpcStatus)) {
      if (code === grpcStatus.ok) continue;
      const error = fromStatus({ code, message: "no", details: undefined }, "s", new Map(), all);
      expect([code, toGrpcStatus(error)]).toEqual([code, code]);
    }
  });

  test("what nobody serves is unimplemented", () => {
    const error = new NotFound("no", { reason: "router.unknown-method" });
    expect(toGrpcStatus(error)).toBe(12);
  });

  test("an error comes back whole from its message", async () => {
    const all = await codecs();
    for (const code of Object.keys(errorStatus).map(Number) as ErrorCode[]) {
      const error = new RpcError(code, "50% “off” \ud800", {
        id: "shop",
        reason: "shop.out",
        data: { n: 1 },
        retry: "safe",
      });
      const back = fromStatus(toStatus(error, true, all), "other", new Map(), all);
      const { id, reason, data, retry } = error;
      expect(back).toMatchObject({ code, id, reason, data, retry });
    }
  });

  test("an error comes back from the details alone", async () => {
    const all = await codecs();
    const error = rpcError(429, "too many", { id: "shop" });
    const status = toStatus(error, false, all);
    expect(status).toMatchObject({ code: 8, message: "too many" });
    const back = fromStatus({ ...status, code: 2, message: "" }, "other", new Map(), all);
    expect(back).toMatchObject({ code: 429, id: "shop", detail: "too many" });
    const details = Buffer.from("nonsense");
    const other = fromStatus({ code: 5, message: "gone", details }, "other", new Map(), all);
    expect(other).toMatchObject({ code: 404, id: "other", detail: "gone", reason: "peer.error" });
  });

  test("an error comes back from the words of google.rpc", async () => {
    const all = await codecs();
    class OutOfStock extends RpcError {
      static override readonly type = "shop.OutOfStock";
    }
    const error = new OutOfStock(409, "none", {
      id: "shop",
      reason: "stock.empty",
      data: { item: "chair", left: 0, list: [1] },
    });
    const status = toStatus(error, false, all);
    const classes = errorClasses([OutOfStock]);
    const back = fromStatus({ ...status, message: "none left" }, "other", classes, all);
    expect(back).toBeInstanceOf(OutOfStock);
    expect(back).toMatchObject({
      code: 409,
      id: "shop",
      reason: "stock.empty",
      type: "shop.OutOfStock",
      data: { item: "chair", left: "0" },
    });
    expect(back.details?.map(({ type }) => type)).toEqual(["google.rpc.ErrorInfo"]);
  });

  test("details of our own making never outgrow what callers take", async () => {
    const all = await codecs();
    const fields = Array.from({ length: 20 }, (_, n) => `${"f".repeat(300)}${n}`);
    const issues = fields.map((field) => `${field}: wrong`);
    const options = { reason: "schema.invalid", data: { issues, fields } };
    const { details } = toStatus(rpcError(400, "invalid", options), false, all);
    expect(details!.length).toBeLessThan(4_096);
    expect(Buffer.from(details!).toString("latin1")).toContain("errors.Error");
  });

  test("go-micro v1, which reads the status in the details, finds its error there", async () => {
    const error = rpcError(409, "sold out", { id: "shop" });
    const { message, details } = toStatus(error, true, await codecs());
    expect(JSON.parse(message)).toMatchObject({ id: "shop", code: 409, detail: "sold out" });
    expect(Buffer.from(details!).includes(message)).toBe(true);
  });

  test("an error that is too long loses its data first", async () => {
    const all = await codecs();
    const error = rpcError(400, "x".repeat(50_000), { reason: "a.b", data: { y: "y" } });
    const { message } = toStatus(error, true, all);
    expect(message.length).toBeLessThan(8_192);
    expect(fromStatus({ code: 3, message, details: undefined }, "s", new Map(), all)).toMatchObject(
      { code: 400, reason: "a.b", data: undefined },
    );
  });
});

describe("time limits", () => {
  test.each([
    ["1H", 3_600_000],
    ["2M", 120_000],
    ["3S", 3_000],
    ["4m", 4],
    ["5000u", 5],
    ["6000000n", 6],
    ["99999999H", 2_147_483_647],
  ])("%s is %d ms", (text, ms) => expect(readGrpcTimeout(text)).toBeCloseTo(ms, 6));

  test.each([undefined, "", "5", "m", "-1m", "123456789m", "1 m"])("%p is none", (text) =>
    expect(readGrpcTimeout(text)).toBe(Infinity),
  );

  test.each([0, 0.0004, 1, 1.5, 5_000, 99_999, 100_001, 99_999_999, 2_000_000_000, 1e12])(
    "%d ms can be said in eight digits",
    (ms) => {
      const text = writeGrpcTimeout(ms);
      expect(text).toMatch(/^\d{1,8}[umS]$/);
      expect(text).not.toMatch(/^0/);
      const limited = Math.min(ms, 2_147_483_647);
      expect(Math.abs(readGrpcTimeout(text) - limited)).toBeLessThanOrEqual(
        Math.max(0.001, limited / 1e6),
      );
    },
  );
});

test.each([
  ["/greeter.v1.Greeter/Hello", "greeter.v1", "Greeter.Hello"],
  ["/greeter.Greeter/Hello", "greeter", "Greeter.Hello"],
  ["/Greeter/Hello", "", "Greeter.Hello"],
  ["/nonsense", "", "/nonsense"],
  ["", "", ""],
  ["/a/b/c", "", "/a/b/c"],
])("the path %s", (path, service, endpoint) =>
  expect(readGrpcPath(path)).toEqual({ service, endpoint }),
);

test("paths are written as go-micro does", () => {
  expect(writeGrpcPath("go.micro.srv.greeter", { endpoint: "Say.Hello" })).toBe(
    "/go.micro.srv.greeter.Say/Hello",
  );
  expect(writeGrpcPath("", { endpoint: "Say.Hello" })).toBe("/Say/Hello");
  expect(writeGrpcPath("greeter", { endpoint: "/a.B/C" })).toBe("/a.B/C");
});

test("content types", () => {
  expect(toGrpcType("application/protobuf")).toBe("application/grpc+proto");
  expect(toGrpcType("application/json")).toBe("application/grpc+json");
  expect(toGrpcType("application/msgpack")).toBe("application/grpc");
  expect(fromGrpcType("application/grpc+proto", "application/json")).toBe("application/protobuf");
  expect(fromGrpcType("application/grpc+json; x=y", undefined)).toBe("application/json");
  expect(fromGrpcType("application/grpc", "application/msgpack")).toBe("application/msgpack");
  expect(fromGrpcType("application/grpc", "application/grpc+json")).toBe("application/json");
  expect(fromGrpcType("application/grpc", "application/grpc")).toBeUndefined();
  expect(fromGrpcType("application/grpc", undefined)).toBeUndefined();
});

describe("metadata", () => {
  const there = (metadata: Record<string, string>): Record<string, string> => ({
    ...fromWireMetadata(toWireMetadata(metadata).map(([name, value]) => [name, [value]])),
  });

  test("comes back whatever it holds", () => {
    const metadata = {
      "x-tenant": "acme",
      "x-empty": "",
      "x-space": " a ",
      "x-user": "Grüße 🎈",
      "x-key-bin": "AQL/",
    };
    const { "plugboard-text": names, ...others } = there(metadata);
    expect(others).toEqual(metadata);
    expect(names).toBe("x-space,x-user");
  });

  test("leaves out what belongs to HTTP and gRPC", () => {
    expect(there({ connection: "close", te: "x", "grpc-status": "0", host: "h" })).toEqual({});
  });

  test("has names that gRPC allows", () => {
    expect(() => toWireMetadata({ "x y": "1" })).toThrow("cannot be the name of gRPC metadata");
  });
});
