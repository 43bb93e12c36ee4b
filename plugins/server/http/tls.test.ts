import { connect as openPlainly, type Socket } from "node:net";
import { connect as openSecurely, type ConnectionOptions, type TLSSocket } from "node:tls";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Context, Peer } from "../../../src/index.js";
import { OptionError, type TlsOptions } from "../../../src/spi.js";
import {
  authority,
  certificatePem,
  keyPem,
  mutualTls,
  serverTls,
  type CertificateName,
} from "../../../test/support/certificates.js";
import { httpApp, type HttpApp } from "../../../test/support/http-app.js";
import { httpServer } from "./index.js";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A server of that TLS, and whom it was called by. */
async function serving(tls: TlsOptions | undefined) {
  const peers: (Peer | undefined)[] = [];
  const app: HttpApp = await httpApp({
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
  let stopped: Promise<unknown> | undefined;
  const stop = (): Promise<unknown> => (stopped ??= app.stop());
  ends.push(stop);
  const [host = "", port] = app.server.address.split(":");
  return { where: { host, port: Number(port) }, peers, stop };
}

const request = "POST /Greeter/Hello HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
const whole = `${request}Content-Length: 2\r\nConnection: close\r\n\r\n{}`;

/** What a connection gets until it is closed, and what it says first. */
const talk = (socket: Socket, said: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let heard = "";
    socket.on("data", (bytes: Buffer) => (heard += bytes.toString()));
    socket.on("error", reject);
    socket.on("close", () => resolve(heard));
    socket.write(said);
  });

const own = (name: CertificateName) => ({ cert: certificatePem(name), key: keyPem(name) });

/** The status, and the error of the body. */
function read(answer: string): unknown[] {
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  const { id, reason } = JSON.parse(body) as { id?: string; reason?: string };
  return [head.split(" ", 2)[1], /^connection: close$/im.test(head), id, reason];
}

describe("whoever is not let in is told why", () => {
  test.each(["required", "requested", "none"] as const)(
    "who speaks no TLS, where certificates are %s",
    async (clientCertificate) => {
      const { where, peers } = await serving({ ...mutualTls, clientCertificate });
      const answer = await talk(openPlainly(where), whole);
      expect(read(answer)).toEqual(["503", true, "plugboard.tls", "transport.tls-required"]);
      expect(peers).toEqual([]);
    },
  );

  test.each<[string, ConnectionOptions]>([
    ["no certificate", {}],
    ["one of a stranger", own("stranger-client")],
    ["one that has expired", own("expired-client")],
  ])("who has %s, and not even the probes answer", async (_name, options) => {
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const { where, peers } = await serving(mutualTls);
      const open = () => openSecurely({ ...where, ...authority(), ...options, maxVersion });
      const refused = ["401", true, "plugboard.tls", "transport.certificate-required"];
      expect(read(await talk(open(), whole))).toEqual(refused);
      expect(read(await talk(open(), "GET /health HTTP/1.1\r\nHost: h\r\n\r\n"))).toEqual(refused);
      expect(peers).toEqual([]);
    }
  });
});

test("whoever is let in is served, and known", async () => {
  const { where, peers } = await serving(mutualTls);
  const answer = await talk(
    openSecurely({ ...where, ...authority(), ...own("client") }),
    `${request}X-Forwarded-For: 10.0.0.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
  );
  expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(peers).toMatchObject([
    {
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as unknown,
      certificate: { subject: "web" },
    },
  ]);
});

test("without TLS the peer is an address", async () => {
  const { where, peers } = await serving(undefined);
  await talk(openPlainly(where), whole);
  expect(peers).toEqual([
    { address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as unknown, certificate: undefined },
  ]);
});

test("bytes that are no HTTP are answered as without TLS", async () => {
  const { where } = await serving(serverTls);
  const answer = await talk(openSecurely({ ...where, ...authority() }), "nonsense\r\n\r\n");
  expect(read(answer)).toEqual(["400", true, "plugboard.server.http", "transport.malformed"]);
});

test("connections that say nothing, or half of a handshake, do not hold up a stop", async () => {
  const { where, stop } = await serving(mutualTls);
  const silent = openPlainly(where);
  const half = openPlainly(where);
  const closed = [silent, half].map(
    (socket) => new Promise((resolve) => socket.on("error", () => {}).once("close", resolve)),
  );
  await new Promise((resolve) => half.once("connect", resolve));
  half.write(Buffer.from([0x16, 0x03, 0x01, 0x01, 0x00, 0x01]));
  await talk(openSecurely({ ...where, ...authority(), ...own("client") }), whole);
  const before = performance.now();
  await stop();
  expect(performance.now() - before).toBeLessThan(2_000);
  await Promise.all(closed);
});

/** One call, by a session of before if there is one. */
const visit = (options: ConnectionOptions, session?: Buffer) =>
  new Promise<{ session: Buffer | undefined; reused: boolean; name: unknown }>(
    (resolve, reject) => {
      let known: Buffer | undefined;
      const socket: TLSSocket = openSecurely({ ...options, ...(session && { session }) });
      socket.on("session", (made: Buffer) => (known = made));
      socket.on("error", reject);
      socket.write(whole);
      socket.once("data", () => {
        const session = known ?? socket.getSession();
        const name = socket.getPeerCertificate().subject?.CN;
        resolve({ session, reused: socket.isSessionReused(), name });
        socket.destroy();
      });
    },
  );

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "certificates are renewed, and no session of before is taken up (%s)",
  async (maxVersion) => {
    const path = await mkdtemp(join(tmpdir(), "plugboard-tls-"));
    ends.push(() => rm(path, { recursive: true }));
    const put = async (name: string, text: string): Promise<void> => {
      await writeFile(join(path, `${name}.new`), text);
      await rename(join(path, `${name}.new`), join(path, name));
    };
    await put("key", keyPem("server"));
    await put("certificate", certificatePem("server"));
    const { where, peers } = await serving({
      certificateFile: join(path, "certificate"),
      keyFile: join(path, "key"),
      ...authority(),
      clientCertificate: "requested",
      reloadMs: 10,
    });
    const options = { ...where, ...authority(), ...own("client"), maxVersion };
    const first = await visit(options);
    expect(first.name).toBe("greeter");
    expect((await visit(options, first.session)).reused).toBe(false);
    await put("key", keyPem("renewed"));
    await put("certificate", certificatePem("renewed"));
    let latest = await visit(options);
    while (latest.name !== "greeter-renewed") latest = await visit(options);
    expect((await visit(options, latest.session)).reused).toBe(false);
    expect(new Set(peers.map((peer) => peer?.certificate?.subject))).toEqual(new Set(["web"]));
  },
);

test("a connection with too many unanswered requests is closed, and its calls are over", async () => {
  let begun = 0;
  let over = 0;
  const app = await httpApp({
    server: { tls: serverTls, maxLoopDelayMs: Infinity },
    handlers: [
      {
        endpoint: "Greeter.Hello",
        handle: async (_request: unknown, { signal }: Context) => {
          begun++;
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          over++;
          return {};
        },
      },
    ],
  });
  ends.push(() => app.stop());
  const [host = "", port] = app.server.address.split(":");
  const socket = openSecurely({
    host,
    port: Number(port),
    ...authority(),
    servername: "greeter.test",
  });
  const call = `${request}Content-Length: 2\r\n\r\n{}`;
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => undefined); // it may be reset, with what it sent last unread
  socket.write(call.repeat(200));
  await closed;
  while (over < begun) await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toBeLessThan(150);
});

test("a server without a certificate does not start", async () => {
  const made = httpApp({ server: { tls: authority() } });
  await expect(made).rejects.toThrow(OptionError);
  await expect(made).rejects.toThrow("httpServer.tls has no certificate");
});

test("options are checked where they are given", () => {
  expect(() => httpServer({ tls: { certificate: "x" } })).toThrow("httpServer.tls.certificate");
});
