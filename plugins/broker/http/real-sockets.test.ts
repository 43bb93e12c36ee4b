import { request } from "node:http";
import { expect, test } from "@jest/globals";
import { silentLogger } from "../../../src/spi.js";
import { TableRegistry } from "../../../test/support/table-registry.js";
import { realEnvironment } from "../../standard/environment.js";
import { httpBroker } from "./index.js";

/** Posts through Node's own client, in chunks as one that does not know the length. */
const postChunked = (url: string, chunks: readonly string[]): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
    });
    sent.on("error", reject);
    for (const chunk of chunks) sent.write(chunk);
    sent.end();
  });

test("two processes' worth of brokers and a foreign client meet over real sockets", async () => {
  const environment = realEnvironment({ logger: silentLogger });
  const registry = new TableRegistry(environment.clock);
  const one = await httpBroker().create(environment, registry);
  const two = await httpBroker().create(environment, registry);
  await Promise.all([one.connect(), two.connect()]);
  const seen: string[] = [];
  let arrived = (): void => undefined;
  const all = new Promise<void>((resolve) => (arrived = resolve));
  await two.subscribe("t", async ({ message: { body } }) => {
    seen.push(Buffer.from(body).toString());
    if (seen.length === 4) arrived();
  });
  for (const text of ["1", "2", "3"])
    await one.publish("t", { headers: {}, body: new TextEncoder().encode(text) });
  const id = (await registry.getService("micro.http.broker"))[0]!.nodes[0]!.id;
  const status = await postChunked(`http://${two.address}/?id=${id}`, [
    '{"header":{"MICRO-TOPIC"',
    ':"t"},"body":"NA=="}',
  ]);
  expect(status).toBe(200);
  await all;
  expect(seen).toEqual(["1", "2", "3", "4"]);
  await Promise.all([one.disconnect(), two.disconnect()]);
});
