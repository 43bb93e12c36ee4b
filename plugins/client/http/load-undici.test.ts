import { expect, test } from "@jest/globals";
import { loadUndici } from "./load-undici.js";

const failing = (code: string) => () =>
  Promise.reject(Object.assign(new Error("Cannot find module 'undici'"), { code }));

test("the package that is installed is loaded, however it comes", async () => {
  const { Pool } = await loadUndici();
  expect(typeof Pool).toBe("function");
  for (const module of [{ Pool }, { default: { Pool } }])
    expect((await loadUndici(() => Promise.resolve(module))).Pool).toBe(Pool);
});

test.each(["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"])(
  "one that is missing is asked for by its line (%s)",
  async (code) => {
    await expect(loadUndici(failing(code))).rejects.toMatchObject({
      code: 501,
      reason: "plugin.package-missing",
      message:
        "the HTTP client needs the package undici, which is not installed: npm install undici@7.30.2",
    });
  },
);

test("one that is broken says so itself", async () => {
  await expect(loadUndici(failing("ERR_DLOPEN_FAILED"))).rejects.toMatchObject({
    code: "ERR_DLOPEN_FAILED",
  });
});
