import { expect, test } from "@jest/globals";
import { loadFastify } from "./load-fastify.js";

const failing = (code: string) => () =>
  Promise.reject(Object.assign(new Error("Cannot find module 'fastify'"), { code }));

test("the package that is installed is loaded, however it comes", async () => {
  const { fastify } = await loadFastify();
  expect(fastify).toBeInstanceOf(Function);
  for (const module of [{ fastify }, { default: { fastify } }])
    expect((await loadFastify(() => Promise.resolve(module))).fastify).toBe(fastify);
});

test.each(["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"])(
  "one that is missing is asked for by its line (%s)",
  async (code) => {
    await expect(loadFastify(failing(code))).rejects.toMatchObject({
      code: 501,
      reason: "plugin.package-missing",
      message:
        "the HTTP server needs the package fastify, which is not installed: npm install fastify@5.12.8",
    });
  },
);

test("one that is broken says so itself", async () => {
  await expect(loadFastify(failing("ERR_DLOPEN_FAILED"))).rejects.toMatchObject({
    code: "ERR_DLOPEN_FAILED",
  });
});
