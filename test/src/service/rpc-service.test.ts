import { expect, test } from "@jest/globals";
import { engineNodes } from "../../support/pair-harness.js";
import { overMemory } from "../../support/pair-transports.js";
import { virtualWorld } from "../../support/virtual-environment.js";

async function bench() {
  const world = virtualWorld();
  const node = await engineNodes(world, { transport: overMemory })();
  const { service, environment } = node;
  const said = (): string[] => world.logs.map(({ level, message }) => `${level} ${message}`);
  return { ...world, node, service, process: environment.process, said };
}

test("a service says what a signal does, and what it cut off", async () => {
  const { node, service, process, said, clock, logs } = await bench();
  const { client, server } = node;
  const handle = (): Promise<never> => new Promise(() => undefined);
  server.handle(server.newHandler({ service: { name: "s" }, endpoint: "S.Wait", handle }));
  const run = service.run();
  await clock.settle();
  const call = client.call(client.newRequest("s", "S.Wait", {}), { timeoutMs: 60_000 });
  call.catch(() => undefined);
  await clock.settle();
  process.raise("SIGTERM");
  await clock.advance(11_000);
  expect(await run).toEqual({ cut: 1 });
  await expect(call).rejects.toMatchObject({ code: 503 });
  expect(said()).toEqual(["info SIGTERM: draining; once more to leave at once", "info stopped"]);
  expect(logs[1]?.fields).toEqual({ callsCutOff: 1 });
});

test("a stop by signal that fails is told by the run, and by the log", async () => {
  const { service, process, said, clock } = await bench();
  const failure = new Error("the disk is full");
  service.init({
    onStop: () => {
      throw failure;
    },
  });
  const run = service.run();
  run.catch(() => undefined);
  await clock.settle();
  process.raise("SIGINT");
  await clock.advance(1_000);
  await expect(run).rejects.toMatchObject({ errors: [failure] });
  await expect(run).rejects.toThrow(/did not stop cleanly: Error: the disk is full/);
  expect(said()).toContain("error did not stop cleanly");
  expect(process.exitCode).toBeUndefined();
});
