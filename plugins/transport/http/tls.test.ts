import { createServer, type AddressInfo } from "node:net";
import { connect as openSecurely, createServer as createSecureServer } from "node:tls";
import { describe, expect, test } from "@jest/globals";
import type { TlsOptions } from "../../../src/spi.js";
import {
  authority,
  certificatePem,
  keyPem,
  mutualTls,
  ownCertificate,
  serverTls,
  type CertificateName,
} from "../../../test/support/certificates.js";
import {
  call,
  ends,
  failure,
  lines,
  listening,
  transport,
} from "../../../test/support/tls-bench.js";
import { httpTransport } from "./index.js";

describe("a caller verifies", () => {
  test("and calls whom it trusts, by address and by name", async () => {
    const { address } = await listening(serverTls);
    expect(await call(address, authority())).toBe("hello");
    expect(await call(address, { ...authority(), serverName: "greeter.test" })).toBe("hello");
    expect(await call(address.replace("127.0.0.1", "localhost"), authority())).toBe("hello");
  });

  test.each<[CertificateName, string, string]>([
    ["expired", "transport.certificate-expired", "has expired"],
    ["future", "transport.certificate-not-yet-valid", "is not valid yet"],
    ["elsewhere", "transport.certificate-wrong-host", "tls.serverName"],
    ["stranger-server", "transport.certificate-untrusted", "tls.ca"],
  ])("a server that is %s", async (name, reason, words) => {
    const { address, seen } = await listening({ ...ownCertificate(name) });
    const error = await failure(call(address, authority()));
    expect([error.code, error.reason, error.retry]).toEqual([503, reason, "safe"]);
    expect(error.message).toContain(address);
    expect(error.message).toContain(words);
    expect(seen).toEqual([]);
  });

  test("the name that it is told to, and no other", async () => {
    const { address } = await listening({ ...ownCertificate("elsewhere") });
    const trusting = { ...authority(), serverName: "elsewhere.test" };
    expect(await call(address, trusting)).toBe("hello");
    const error = await failure(call(address, { ...authority(), serverName: "greeter.test" }));
    expect(error.reason).toBe("transport.certificate-wrong-host");
  });

  test("against Node's authorities unless it has others", async () => {
    const { address } = await listening(serverTls);
    expect((await failure(call(address, {}))).reason).toBe("transport.certificate-untrusted");
  });

  test("unless it is told not to, which is logged", async () => {
    const { address } = await listening({ ...ownCertificate("expired") });
    expect(await call(address, { insecureSkipVerify: true })).toBe("hello");
    expect(lines.join("\n")).toContain("httpTransport.tls.insecureSkipVerify is on");
  });
});

describe("a server lets in", () => {
  test("whoever has a certificate of its authorities, and knows who that is", async () => {
    const { address, seen } = await listening(mutualTls);
    expect(await call(address, { ...ownCertificate("client"), ...authority() })).toBe("hello");
    expect(seen).toEqual(["web"]);
  });

  test.each<[string, TlsOptions]>([
    ["no certificate", authority()],
    ["one of a stranger", { ...authority(), ...ownCertificate("stranger-client") }],
    ["one that has expired", { ...authority(), ...ownCertificate("expired-client") }],
  ])("nobody with %s, and says so", async (_name, tls) => {
    const { address, seen } = await listening(mutualTls);
    const error = await failure(call(address, tls));
    expect([error.code, error.reason, error.retry]).toEqual([
      401,
      "transport.certificate-required",
      "never",
    ]);
    expect(seen).toEqual([]);
    expect(lines.join("\n")).toContain("a connection is refused");
  });

  test("anybody where it only asks, and knows those whom it trusts", async () => {
    const { address, seen } = await listening({ ...mutualTls, clientCertificate: "requested" });
    for (const name of ["client", "stranger-client"] as const)
      expect(await call(address, { ...ownCertificate(name), ...authority() })).toBe("hello");
    expect(await call(address, authority())).toBe("hello");
    expect(seen).toEqual(["web", undefined, undefined]);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "nobody through a session of before (%s)",
    async (version) => {
      const { address, seen } = await listening({ ...mutualTls, clientCertificate: "requested" });
      const [host = "", port] = address.split(":");
      const visit = (session?: Buffer) =>
        new Promise<{ session: Buffer | undefined; reused: boolean }>((resolve, reject) => {
          let known: Buffer | undefined;
          const socket = openSecurely({
            ...authority(),
            cert: certificatePem("client"),
            key: keyPem("client"),
            host,
            port: Number(port),
            maxVersion: version,
            ...(session && { session }),
          });
          socket.on("session", (made: Buffer) => (known = made));
          socket.on("error", reject);
          socket.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
          socket.once("data", () => {
            resolve({ session: known ?? socket.getSession(), reused: socket.isSessionReused() });
            socket.destroy();
          });
        });
      const { session } = await visit();
      expect((await visit(session)).reused).toBe(false);
      expect(seen).toEqual(["web", "web"]);
    },
  );
});

test("an alert of a server of another make says that a certificate is required", async () => {
  const other = createSecureServer({
    cert: certificatePem("server"),
    key: keyPem("server"),
    ...authority(),
    requestCert: true,
    rejectUnauthorized: true,
  });
  other.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  ends.push(() => new Promise((closed) => other.close(closed)));
  const { port } = other.address() as AddressInfo;
  const error = await failure(call(`127.0.0.1:${port}`, authority()));
  expect([error.code, error.reason, error.retry]).toEqual([
    401,
    "transport.certificate-required",
    "never",
  ]);
});

describe("who does not speak TLS", () => {
  test("is told by who does, also over frames", async () => {
    const { address, seen } = await listening(serverTls);
    const error = await failure(call(address, undefined));
    expect([error.code, error.reason]).toEqual([503, "transport.tls-required"]);
    const lost = await failure((await transport()).dial(address, { lane: { from: "test" } }));
    expect([lost.code, lost.reason, lost.retry]).toEqual([503, "transport.tls-required", "safe"]);
    expect(seen).toEqual([]);
  });

  test("is known by whoever dials", async () => {
    const { address } = await listening(undefined);
    const error = await failure(call(address, authority()));
    expect([error.code, error.reason, error.retry]).toEqual([503, "transport.not-tls", "safe"]);
  });

  test("is known even if it only hangs up", async () => {
    const rude = createServer((socket) => socket.once("data", () => socket.destroy()));
    await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
    ends.push(() => new Promise((closed) => rude.close(closed)));
    const { port } = rude.address() as AddressInfo;
    const error = await failure(call(`127.0.0.1:${port}`, authority()));
    expect([error.code, error.reason, error.retry]).toEqual([503, "transport.tls-failed", "safe"]);
  });
});

test("without a certificate a process can call, and nobody calls it", async () => {
  const listener = await (await transport(authority())).listen("127.0.0.1:0");
  expect(listener.unreachable).toContain("httpTransport.tls has no certificate");
  const error = await failure(call(listener.address, authority()));
  expect(error.reason).toBe("transport.tls-failed");
});

test.each<[string, TlsOptions]>([
  ["certificate and httpTransport.tls.key", { certificate: "x" }],
  ["certificate and httpTransport.tls.certificateFile", { certificate: "x", certificateFile: "y" }],
  ["clientCertificate", { ...ownCertificate("server"), clientCertificate: "required" }],
  ["clientCertificate", { clientCertificate: "perhaps" as "none" }],
  ["minVersion", { minVersion: "SSLv3" as "TLSv1.2" }],
  ["serverName", { serverName: "" }],
  ["reloadMs", { reloadMs: 0 }],
  ["caFile", { caFile: "" }],
])("%s is checked where the option is given", (name, tls) => {
  expect(() => httpTransport({ tls })).toThrow(`httpTransport.tls.${name}`);
});

test("a key of another certificate fails the start", async () => {
  const tls = { certificate: certificatePem("server"), key: keyPem("client") };
  await expect(transport(tls)).rejects.toThrow("httpTransport.tls: ");
});

test("only TLS 1.3 is spoken where that is the least", async () => {
  const { address } = await listening({ ...serverTls, minVersion: "TLSv1.3" });
  const [host = "", port] = address.split(":");
  const error = await new Promise<Error & { code?: string }>((resolve) =>
    openSecurely({ ...authority(), host, port: Number(port), maxVersion: "TLSv1.2" }).on(
      "error",
      resolve,
    ),
  );
  expect(error.code).toMatch(/ALERT_PROTOCOL_VERSION/);
  expect(await call(address, authority())).toBe("hello");
});
