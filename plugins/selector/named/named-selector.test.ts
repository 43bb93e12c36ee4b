import { expect, test } from "@jest/globals";
import { NotFound, OptionError, type Plugin, type Selector } from "../../../src/spi.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { fromSettings, namedSelector } from "./index.js";

const selectorOf = (plugin: Plugin<Selector>) => plugin.create(virtualWorld().environment());

test.each([
  [{}, "greeter", "greeter:8080"],
  [{ port: 90 }, "greeter", "greeter:90"],
  [{}, "greeter:70", "greeter:70"],
  [{ domain: "svc.cluster.local" }, "greeter", "greeter.svc.cluster.local:8080"],
  [{ domain: "svc.cluster.local" }, "greeter.other", "greeter.other:8080"],
])("with %j the service %s is at %s", async (options, service, address) => {
  const selector = await selectorOf(namedSelector(options));
  const next = await selector.select(service);
  expect(next().node).toEqual({ id: service, address, metadata: { protocol: "mucp" } });
  expect(next().service.name).toBe(service);
  expect(await selector.select(service)).toBe(next);
  selector.mark(service, next().node, { latencyMs: 1 });
  selector.reset(service);
  await selector.close();
});

test("remembers so many names, not more", async () => {
  const selector = await selectorOf(fromSettings({ addresses: ["example.com"] }));
  for (let count = 0; count < 2_500; count++) {
    const next = await selector.select(`s${count}`);
    expect(next().node.address).toBe(`s${count}.example.com:8080`);
  }
});

test("what has no name has no address", async () => {
  const selector = await selectorOf(fromSettings({ addresses: [] }));
  expect(() => selector.select("")).toThrow(NotFound);
  expect(() => namedSelector({ port: 0 })).toThrow(OptionError);
});
