import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as openSecurely } from "node:tls";
import { describe, expect, test } from "@jest/globals";
import { OptionError, type Environment, type TlsOptions } from "../../../src/spi.js";
import {
  authority,
  certificatePem,
  keyPem,
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
  real,
  transport,
} from "../../../test/support/tls-bench.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";

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

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "a renewal brings no sessions to resume (%s)",
  async (maxVersion) => {
    const path = await mkdtemp(join(tmpdir(), "plugboard-tls-"));
    ends.push(() => rm(path, { recursive: true }));
    const install = async (name: CertificateName): Promise<void> => {
      await writeFile(join(path, "key"), keyPem(name));
      await writeFile(join(path, "certificate"), certificatePem(name));
    };
    await install("server");
    const { address } = await listening({
      certificateFile: join(path, "certificate"),
      keyFile: join(path, "key"),
      reloadMs: 10,
    });
    const [host = "", port] = address.split(":");
    const visit = (session?: Buffer) =>
      new Promise<{ name: unknown; session: Buffer | undefined; reused: boolean }>(
        (resolve, reject) => {
          let known: Buffer | undefined;
          const socket = openSecurely({
            ...authority(),
            host,
            port: Number(port),
            maxVersion,
            ...(session && { session }),
          });
          socket.on("session", (made: Buffer) => (known = made));
          socket.on("error", reject);
          socket.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
          socket.once("data", () => {
            const name = socket.getPeerCertificate().subject?.CN;
            resolve({
              name,
              session: known ?? socket.getSession(),
              reused: socket.isSessionReused(),
            });
            socket.destroy();
          });
        },
      );
    await install("renewed");
    let latest = await visit();
    while (latest.name !== "greeter-renewed") latest = await visit();
    expect((await visit(latest.session)).reused).toBe(false);
  },
);
