import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as openSecurely } from "node:tls";
import { afterEach, describe, expect, test } from "@jest/globals";
import {
  OptionError,
  toMetadata,
  type Environment,
  type LogFields,
  type Logger,
  type RpcError,
  type Socket,
  type TlsOptions,
  type Transport,
} from "../../../src/spi.js";
import {
  authority,
  certificatePem,
  keyPem,
  mutualTls,
  ownCertificate,
  serverTls,
  type CertificateName,
} from "../../../test/support/certificates.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { realEnvironment } from "../../standard/environment.js";
import { httpTransport } from "./index.js";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const lines: string[] = [];
afterEach(() => void (lines.length = 0));
const log = (message: string, fields?: LogFields): void =>
  void lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
const logger: Logger = { debug: () => undefined, info: log, warn: log, error: log };
const real = (): Environment => realEnvironment({ logger });

async function transport(tls?: TlsOptions, environment = real()): Promise<Transport> {
  const made = await httpTransport(tls ? { tls } : {}).create(environment);
  ends.push(() => made.close());
  return made;
}

const echo = async (socket: Socket): Promise<void> => {
  const request = await socket.recv();
  if (request) await socket.send({ headers: {}, body: request.body });
  await socket.close();
};

/** An address that echoes, and what its callers were known as. */
async function listening(tls: TlsOptions | undefined, environment?: Environment) {
  const listener = await (await transport(tls, environment)).listen("127.0.0.1:0");
  const seen: (string | undefined)[] = [];
  listener.accept((socket) => {
    seen.push(socket.certificate?.subject);
    void echo(socket);
  });
  return { address: listener.address, seen };
}

/** One call; the answer's body, or the error that its caller gets. */
async function call(address: string, tls: TlsOptions | undefined): Promise<string> {
  const client = await (await transport(tls)).dial(address);
  const socket = client.open();
  try {
    await socket.send({ headers: toMetadata({}), body: Buffer.from("hello") });
    const reply = await socket.recv();
    const error = reply?.headers["micro-error"];
    if (error !== undefined) throw Object.assign(new Error(error), JSON.parse(error) as object);
    return Buffer.from(reply!.body).toString();
  } finally {
    await client.close();
  }
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

describe("who does not speak TLS", () => {
  test("is told by who does, also over frames", async () => {
    const { address, seen } = await listening(serverTls);
    const error = await failure(call(address, undefined));
    expect([error.code, error.reason]).toEqual([503, "transport.tls-required"]);
    const client = await (await transport()).dial(address, { lane: { from: "test" } });
    const lost = await new Promise<RpcError>((resolve) => {
      client.lane!.call({
        route: { service: "s", endpoint: "A.B", contentType: "application/json" },
        timeoutMs: 5_000,
        attempt: 1,
        metadata: undefined,
        writer: { room: () => 1, write: (_value, _bytes, at) => at },
        request: {},
        replied: () => undefined,
        refused: () => undefined,
        lost: resolve,
      });
    });
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

describe("certificates in files", () => {
  async function folder() {
    const path = await mkdtemp(join(tmpdir(), "plugboard-tls-"));
    ends.push(() => rm(path, { recursive: true }));
    const file = (name: string): string => join(path, name);
    /** Replaces a file at once, as those do who renew certificates. */
    const put = async (name: string, text: string): Promise<void> => {
      await writeFile(file(`${name}.new`), text);
      await rename(file(`${name}.new`), file(name));
    };
    const install = async (name: CertificateName): Promise<void> => {
      await put("key", keyPem(name));
      await put("certificate", certificatePem(name));
    };
    await install("server");
    const tls: TlsOptions = { certificateFile: file("certificate"), keyFile: file("key") };
    return { file, put, install, tls };
  }

  /** Everything real but time, so that the look at the files comes when it is called. */
  function timed() {
    const { clock } = virtualWorld();
    return { clock, environment: { ...real(), clock, timers: clock.timers } };
  }

  /** Who answers at an address. */
  const nameAt = (address: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const [host = "", port] = address.split(":");
      const socket = openSecurely({ ...authority(), host, port: Number(port) }, () => {
        resolve(socket.getPeerCertificate().subject.CN as string);
        socket.destroy();
      });
      socket.on("error", reject);
    });

  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  };

  test("are renewed without a restart; connections that exist live on", async () => {
    const { install, tls } = await folder();
    const { clock, environment } = timed();
    const { address } = await listening(tls, environment);
    const client = await (await transport(authority())).dial(address);
    expect(await nameAt(address)).toBe("greeter");
    await install("renewed");
    await clock.advance(5_000);
    await until(() => lines.some((line) => line.includes("were renewed")));
    expect(await nameAt(address)).toBe("greeter-renewed");
    const socket = client.open();
    await socket.send({ headers: {}, body: Buffer.from("still here") });
    expect(Buffer.from((await socket.recv())!.body).toString()).toBe("still here");
  });

  test("that make no sense change nothing, are complained of once, and are renewed later", async () => {
    const { put, install, tls } = await folder();
    const { clock, environment } = timed();
    const { address } = await listening(tls, environment);
    const complaints = (): number => lines.filter((line) => line.includes("stay in use")).length;
    await put("certificate", certificatePem("renewed"));
    await clock.advance(5_000);
    await until(() => complaints() === 1);
    expect(await nameAt(address)).toBe("greeter");
    await put("key", "no key at all");
    await clock.advance(5_000);
    await until(() => complaints() === 2);
    expect(lines.join("\n")).not.toContain("PRIVATE KEY");
    await install("renewed");
    await clock.advance(5_000);
    await until(() => lines.some((line) => line.includes("were renewed")));
    expect(await nameAt(address)).toBe("greeter-renewed");
  });

  test("are looked at when a server is not trusted, for the next attempt", async () => {
    const { file, put } = await folder();
    await put("ca", certificatePem("stranger"));
    const { address } = await listening(serverTls);
    const { environment } = timed();
    const caller = await transport({ caFile: file("ca") }, environment);
    const error = await failure(caller.dial(address));
    expect(error.reason).toBe("transport.certificate-untrusted");
    await put("ca", certificatePem("authority"));
    await failure(caller.dial(address));
    await (await caller.dial(address)).close();
  });

  test("come from the environment, which wins", async () => {
    const { file, put, tls } = await folder();
    await put("ca", certificatePem("authority"));
    const environment: Environment = {
      ...real(),
      process: {
        ...real().process,
        variables: { MICRO_TLS_CERT: tls.certificateFile, MICRO_TLS_KEY: tls.keyFile },
        args: [`--tls_ca=${file("ca")}`],
      },
    };
    const { address } = await listening({ ...ownCertificate("elsewhere") }, environment);
    expect(await call(address, { ...ownCertificate("client"), ...authority() })).toBe("hello");
    expect((await failure(call(address, authority()))).reason).toBe(
      "transport.certificate-required",
    );
  });

  test("that are not there fail the start, by name", async () => {
    const made = transport({ caFile: "/nowhere/ca.pem" });
    await expect(made).rejects.toThrow(OptionError);
    await expect(made).rejects.toThrow("httpTransport.tls: /nowhere/ca.pem cannot be read");
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
