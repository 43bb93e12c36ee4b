import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Context, Peer } from "../../../src/index.js";
import type { RpcError, TlsOptions } from "../../../src/spi.js";
import {
  authority,
  certificatePem,
  keyPem,
  mutualTls,
  ownCertificate,
  serverTls,
  type CertificateName,
} from "../../../test/support/certificates.js";
import { httpApp, type HttpAppOptions } from "../../../test/support/http-app.js";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function app(options: HttpAppOptions) {
  const made = await httpApp(options);
  ends.push(() => made.stop());
  return made;
}

/** A server of that TLS, and whom it was called by. */
async function serving(tls: TlsOptions | undefined) {
  const peers: (Peer | undefined)[] = [];
  const { server } = await app({
    server: tls ? { tls } : {},
    handlers: [
      {
        endpoint: "Greeter.Hello",
        handle: async (_request: unknown, { peer }: Context) => {
          peers.push(peer);
          return { hello: true };
        },
      },
    ],
  });
  return { address: server.address, peers };
}

const shape = { endpoint: "Greeter.Hello" };

async function call(address: string, tls: TlsOptions | undefined): Promise<unknown> {
  const { client } = await app({ client: tls ? { tls } : {} });
  return client.call(client.newRequest("greeter", shape, {}), { address });
}

const failure = (work: Promise<unknown>): Promise<RpcError> =>
  work.then(
    (value) => {
      throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error as RpcError,
  );

describe("a caller verifies", () => {
  test("and calls whom it trusts, by address and by name", async () => {
    const { address } = await serving(serverTls);
    expect(await call(address, authority())).toEqual({ hello: true });
    expect(await call(address, { ...authority(), serverName: "greeter.test" })).toEqual({
      hello: true,
    });
  });

  test.each<[CertificateName, string]>([
    ["expired", "transport.certificate-expired"],
    ["future", "transport.certificate-not-yet-valid"],
    ["elsewhere", "transport.certificate-wrong-host"],
    ["stranger-server", "transport.certificate-untrusted"],
  ])("a server that is %s", async (name, reason) => {
    const { address, peers } = await serving(ownCertificate(name));
    const error = await failure(call(address, authority()));
    expect([error.code, error.reason, error.retry]).toEqual([503, reason, "safe"]);
    expect(error.message).toContain(address);
    expect(peers).toEqual([]);
  });

  test("the name that it is told to, and no other", async () => {
    const { address } = await serving(ownCertificate("elsewhere"));
    const named = (serverName: string) => call(address, { ...authority(), serverName });
    expect(await named("elsewhere.test")).toEqual({ hello: true });
    expect((await failure(named("greeter.test"))).reason).toBe("transport.certificate-wrong-host");
    expect((await failure(named("127.0.0.1"))).reason).toBe("transport.certificate-wrong-host");
  });

  test("against Node's authorities unless it has others", async () => {
    const { address } = await serving(serverTls);
    expect((await failure(call(address, {}))).reason).toBe("transport.certificate-untrusted");
  });

  test("unless it is told not to", async () => {
    const { address } = await serving(ownCertificate("expired"));
    expect(await call(address, { insecureSkipVerify: true })).toEqual({ hello: true });
  });
});

describe("a server lets in", () => {
  test("whoever has a certificate of its authorities, and knows who that is", async () => {
    const { address, peers } = await serving(mutualTls);
    await call(address, { ...ownCertificate("client"), ...authority() });
    expect(peers).toEqual([
      {
        address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as unknown,
        certificate: {
          subject: "web",
          names: ["DNS:web.test", "URI:spiffe://plugboard.test/web"],
          fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/) as unknown,
          issuer: "authority",
        },
      },
    ]);
  });

  test.each<[string, TlsOptions]>([
    ["no certificate", authority()],
    ["one of a stranger", { ...authority(), ...ownCertificate("stranger-client") }],
    ["one that has expired", { ...authority(), ...ownCertificate("expired-client") }],
  ])("nobody with %s", async (_name, tls) => {
    const { address, peers } = await serving(mutualTls);
    const error = await failure(call(address, tls));
    expect([error.code, error.reason, error.retry]).toEqual([
      401,
      "transport.certificate-required",
      "never",
    ]);
    expect(peers).toEqual([]);
  });

  test("anybody where it only asks, and knows those whom it trusts", async () => {
    const { address, peers } = await serving({ ...mutualTls, clientCertificate: "requested" });
    for (const name of ["client", "stranger-client"] as const)
      await call(address, { ...ownCertificate(name), ...authority() });
    await call(address, authority());
    expect(peers.map((peer) => peer?.certificate?.subject)).toEqual(["web", undefined, undefined]);
  });
});

describe("who does not speak TLS", () => {
  test("learns that it is spoken", async () => {
    const { address, peers } = await serving(serverTls);
    const error = await failure(call(address, undefined));
    expect([error.code, error.reason, error.retry]).toEqual([
      503,
      "transport.tls-required",
      "safe",
    ]);
    expect(peers).toEqual([]);
  });

  test("is known by whoever calls", async () => {
    const { address, peers } = await serving(undefined);
    const error = await failure(call(address, authority()));
    expect([error.code, error.retry]).toEqual([503, "safe"]);
    expect(error.reason).toBe("transport.not-tls");
    expect(peers).toEqual([]);
  });

  test("is known even if it only hangs up", async () => {
    const rude = createServer((socket) => socket.once("data", () => socket.destroy()));
    const error = await failure(call(await listening(rude), authority()));
    expect([error.code, error.reason, error.retry]).toEqual([503, "transport.tls-failed", "safe"]);
  });
});

test("certificates are renewed on both sides without a restart", async () => {
  const path = await mkdtemp(join(tmpdir(), "plugboard-tls-"));
  ends.push(() => rm(path, { recursive: true }));
  const file = (name: string): string => join(path, name);
  const install = async (side: string, name: CertificateName): Promise<void> => {
    await writeFile(file(`${side}.key`), keyPem(name));
    await writeFile(file(side), certificatePem(name));
  };
  const files = (side: string): TlsOptions => ({
    certificateFile: file(side),
    keyFile: file(`${side}.key`),
    reloadMs: 10,
  });
  await install("server", "expired");
  await install("client", "expired-client");
  const { address, peers } = await serving({ ...files("server"), ...authority() });
  const { client } = await app({ client: { tls: { ...files("client"), ...authority() } } });
  const attempt = () =>
    client
      .call(client.newRequest("greeter", shape, {}), { address, retries: 0 })
      .then(() => "called")
      .catch((error: unknown) => (error as RpcError).reason);
  expect(await attempt()).toBe("transport.certificate-expired");
  await install("server", "server");
  await eventually(attempt, "transport.certificate-required");
  await install("client", "client");
  await eventually(attempt, "called");
  expect(peers.at(-1)?.certificate?.subject).toBe("web");
});

/** The address that it listens on. */
async function listening(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => new Promise((closed) => server.close(closed)));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("an alert of a server of another make says that a certificate is required", async () => {
  const other = createSecureServer({
    cert: certificatePem("server"),
    key: keyPem("server"),
    ...authority(),
    requestCert: true,
    rejectUnauthorized: true,
  });
  other.on("tlsClientError", () => undefined);
  const error = await failure(call(await listening(other), authority()));
  expect([error.code, error.reason, error.retry]).toEqual([
    401,
    "transport.certificate-required",
    "never",
  ]);
});

/** Asks again until the files have been looked at. */
async function eventually(ask: () => Promise<unknown>, answer: unknown): Promise<void> {
  while ((await ask()) !== answer) await new Promise((resolve) => setImmediate(resolve));
}
