import { expect, test } from "@jest/globals";
import { loadGrpc } from "./load-grpc.js";

const failing = (code: string) => () =>
  Promise.reject(Object.assign(new Error("Cannot find module '@grpc/grpc-js'"), { code }));

test("the package that is installed is loaded, however it comes", async () => {
  const { Metadata } = await loadGrpc();
  expect(Metadata).toBeInstanceOf(Function);
  for (const module of [{ Metadata }, { default: { Metadata } }])
    expect((await loadGrpc(() => Promise.resolve(module))).Metadata).toBe(Metadata);
});

test.each(["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"])(
  "one that is missing is asked for by its line (%s)",
  async (code) => {
    await expect(loadGrpc(failing(code))).rejects.toMatchObject({
      code: 501,
      reason: "plugin.package-missing",
      message:
        "the gRPC client needs the package @grpc/grpc-js, which is not installed: npm install @grpc/grpc-js@1.14.7",
    });
  },
);

test("one that is broken says so itself", async () => {
  await expect(loadGrpc(failing("ERR_DLOPEN_FAILED"))).rejects.toMatchObject({
    code: "ERR_DLOPEN_FAILED",
  });
});
