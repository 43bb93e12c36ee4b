import { describe, expect, test } from "@jest/globals";
import { OptionError } from "../../../src/spi.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { etcdRegistry, fromSettings, type EtcdRegistryOptions } from "./index.js";

describe("options that make no sense are refused with a sentence", () => {
  test.each<[EtcdRegistryOptions, string]>([
    [{ endpoints: [] }, "etcdRegistry.endpoints must name one member of etcd or more, got []"],
    [
      { endpoints: ["a b"] },
      'etcdRegistry.endpoints must be host:port, with https:// before it if you like, got "a b"',
    ],
    [
      { endpoints: ["u:p@etcd"] },
      "etcdRegistry.endpoints must not hold a user: say username and password instead",
    ],
    [
      { endpoints: ["https://a", "http://b"] },
      "etcdRegistry.endpoints must all speak TLS, or none of them",
    ],
    [
      { endpoints: ["http://a"], tls: {} },
      "etcdRegistry.endpoints must all speak TLS, or none of them",
    ],
    [{ username: "root" }, "etcdRegistry.username and etcdRegistry.password go together"],
    [{ password: "secret" }, "etcdRegistry.username and etcdRegistry.password go together"],
    [
      { username: "", password: "" },
      'etcdRegistry.username must be a text that is not empty, got ""',
    ],
    [{ tls: { key: "k" } }, "etcdRegistry.tls.certificate and etcdRegistry.tls.key go together"],
    [{ prefix: "/x" }, 'etcdRegistry.prefix must end with "/", got "/x"'],
    [{ prefix: "" }, 'etcdRegistry.prefix must be a text that is not empty, got ""'],
    [{ requestTimeoutMs: 0 }, "etcdRegistry.requestTimeoutMs must be a number above 0, got 0"],
    [{ resyncMs: NaN }, "etcdRegistry.resyncMs must be a number above 0, got null"],
  ])("%j", (options, message) => {
    expect(() => etcdRegistry(options)).toThrow(new OptionError(message));
  });

  test("certificates that are none are, too, when the plugin is created", async () => {
    const { environment } = virtualWorld();
    const plugin = etcdRegistry({ tls: { ca: "no", certificate: "no", key: "no" } });
    await expect(plugin.create(environment())).rejects.toThrow(/^etcdRegistry\.tls cannot be used/);
  });
});

describe("settings", () => {
  test.each([
    [[]],
    [["a:1", "b:2"]],
    [["https://a", "b"]],
    [["http://user:pass@a:1", "http://b:2"]],
  ])("%j make a plugin", (addresses) => {
    expect(fromSettings({ addresses })).toMatchObject({ name: "etcd", needs: [] });
  });

  test("of no address are refused", () => {
    expect(() => fromSettings({ addresses: ["a b"] })).toThrow(
      'an address of the etcd registry must be host:port, with https:// before it if you like, got "a b"',
    );
  });
});
