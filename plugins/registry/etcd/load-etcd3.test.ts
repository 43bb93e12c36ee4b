import { expect, test } from "@jest/globals";
import { loadEtcd3 } from "./load-etcd3.js";

const failing = (code: string) => () =>
  Promise.reject(Object.assign(new Error("Cannot find module 'etcd3'"), { code }));

test("the package that is installed is loaded, however it comes", async () => {
  const { Etcd3 } = await loadEtcd3();
  expect(Etcd3).toBeInstanceOf(Function);
  for (const module of [{ Etcd3 }, { default: { Etcd3 } }])
    expect((await loadEtcd3(() => Promise.resolve(module))).Etcd3).toBe(Etcd3);
});

test.each(["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"])(
  "one that is missing is asked for by its line (%s)",
  async (code) => {
    await expect(loadEtcd3(failing(code))).rejects.toMatchObject({
      code: 501,
      reason: "plugin.package-missing",
      message:
        "the etcd registry needs the package etcd3, which is not installed: npm install etcd3@1.1.2",
    });
  },
);

test("one that is broken says so itself", async () => {
  await expect(loadEtcd3(failing("ERR_DLOPEN_FAILED"))).rejects.toMatchObject({
    code: "ERR_DLOPEN_FAILED",
  });
});
