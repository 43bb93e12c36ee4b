import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { createService } from "../../../index.js";
import type { Context, Peer } from "../../../src/index.js";
import { silentLogger, type RpcError } from "../../../src/spi.js";
import { certificatePem, keyPem, ownCertificate, serverTls } from "../../support/certificates.js";
import { httpApp, type HttpAppOptions } from "../../support/http-app.js";
import { memoryBroker } from "../../../plugins/broker/memory/index.js";
import { memoryRegistry } from "../../../plugins/registry/memory/index.js";
import { httpServer } from "../../../plugins/server/http/index.js";
import { realEnvironment } from "../../../plugins/standard/environment.js";
import { memoryTransport } from "../../../plugins/transport/memory/index.js";
import { httpClient } from "../../../plugins/client/http/index.js";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function app(options: HttpAppOptions) {
  const made = await httpApp(options);
  ends.push(() => made.stop());
  return made;
}

const shape = { endpoint: "Greeter.Hello" };

const failure = (work: Promise<unknown>): Promise<RpcError> =>
  work.then(
    (value) => {
      throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error as RpcError,
  );

/** Asks again until the files have been looked at. */
async function eventually(ask: () => Promise<unknown>, answer: unknown): Promise<void> {
  while ((await ask()) !== answer) await new Promise((resolve) => setImmediate(resolve));
}

test("calls in hand outlive a renewal, and end with the client", async () => {
  const path = await mkdtemp(join(tmpdir(), "plugboard-tls-"));
  ends.push(() => rm(path, { recursive: true }));
  const caFile = join(path, "ca");
  await writeFile(caFile, certificatePem("authority"));
  let next = (): void => undefined;
  let gone = false;
  const { server } = await app({
    server: { tls: serverTls },
    handlers: [
      {
        endpoint: "Greeter.Count",
        replyStream: true,
        async *handle(_request: unknown, { signal }: Context) {
          signal.addEventListener("abort", () => {
            gone = true;
            next();
          });
          for (let n = 1; !signal.aborted; n += 1) {
            yield { n };
            await new Promise<void>((resolve) => (next = resolve));
          }
        },
      },
      { endpoint: "Greeter.Hello", handle: async () => ({ hello: true }) },
    ],
  });
  const caller = await app({ client: { tls: { caFile, reloadMs: 10 } } });
  const { client } = caller;
  const { address } = server;
  const counting = { endpoint: "Greeter.Count", replyStream: true };
  const stream = client.stream(client.newRequest("greeter", counting, {}), { address });
  const replies = stream[Symbol.asyncIterator]();
  expect((await replies.next()).value).toEqual({ n: 1 });
  const attempt = () =>
    client
      .call(client.newRequest("greeter", shape, {}), { address, retries: 0 })
      .then(() => "called")
      .catch((error: unknown) => (error as RpcError).reason);
  expect(await attempt()).toBe("called");
  await writeFile(caFile, certificatePem("stranger"));
  await eventually(attempt, "transport.certificate-untrusted");
  next();
  expect((await replies.next()).value).toEqual({ n: 2 });
  expect(gone).toBe(false);
  const ended = failure(replies.next());
  await caller.stop();
  expect((await ended).reason).toMatch(
    /^(client\.closed|service\.stopped|server\.stopped|transport\.closed)$/,
  );
  await eventually(async () => gone, true);
});

test("certificates come from the environment, which wins", async () => {
  const path = await mkdtemp(join(tmpdir(), "plugboard-tls-"));
  ends.push(() => rm(path, { recursive: true }));
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(path, name), text);
    return join(path, name);
  };
  const environment = realEnvironment({ logger: silentLogger });
  let peer: Peer | undefined;
  const service = createService({
    name: "greeter",
    environment: {
      ...environment,
      process: {
        ...environment.process,
        variables: {
          MICRO_TLS_CERT: await write("certificate", certificatePem("server")),
          MICRO_TLS_KEY: await write("key", keyPem("server")),
          MICRO_TLS_CA: await write("ca", certificatePem("authority")),
        },
        args: [],
      },
    },
    plugins: {
      registry: memoryRegistry(),
      broker: memoryBroker(),
      transport: memoryTransport(),
      server: httpServer({ address: "127.0.0.1:0", tls: ownCertificate("elsewhere") }),
      client: httpClient(),
    },
  }).handle("Greeter.Hello", (_request: unknown, context: Context) => {
    peer = context.peer;
    return { hello: true };
  });
  await service.start();
  ends.push(() => service.stop());
  const { client } = service;
  expect(await client.call(client.newRequest("greeter", shape, {}))).toEqual({ hello: true });
  expect(peer?.certificate?.subject).toBe("greeter");
});
