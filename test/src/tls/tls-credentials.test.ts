import { expect, test } from "@jest/globals";
import { TlsCredentials } from "../../../src/spi.js";
import { certificatePem, keyPem } from "../../support/certificates.js";
import { virtualWorld } from "../../support/virtual-environment.js";

const nothing = { text: () => undefined };

/** Credentials of two files. */
async function fromFiles() {
  const world = virtualWorld();
  const environment = world.environment();
  const { files } = environment;
  const install = (name: "renewed" | "server"): void => {
    files.set("/certificate", certificatePem(name));
    files.set("/key", keyPem(name));
  };
  install("server");
  const tls = { certificateFile: "/certificate", keyFile: "/key", reloadMs: 1_000 };
  const credentials = (await TlsCredentials.open("x.tls", tls, nothing, environment))!;
  const current = (): string => Buffer.from(credentials.material.certificate!).toString();
  const warnings = () => world.logs.filter(({ level }) => level === "warn");
  return { ...world, files, install, credentials, current, warnings };
}

test("nobody asked for TLS: there are none", async () => {
  const environment = virtualWorld().environment();
  expect(await TlsCredentials.open("x.tls", undefined, nothing, environment)).toBeUndefined();
});

test("files are looked at now and then, and who wants to know is told", async () => {
  const { clock, credentials, current, install } = await fromFiles();
  const told: unknown[] = [];
  const untie = credentials.onChange((material) => told.push(material));
  install("renewed");
  await clock.advance(999);
  expect(current()).toBe(certificatePem("server"));
  await clock.advance(1);
  expect(current()).toBe(certificatePem("renewed"));
  expect(told).toEqual([credentials.material]);
  await clock.advance(10_000);
  untie();
  install("server");
  await clock.advance(1_000);
  expect(current()).toBe(certificatePem("server"));
  expect(told.length).toBe(1);
});

test("one that is gone, or of another key, leaves everything as it was", async () => {
  const { clock, files, install, current, warnings } = await fromFiles();
  files.set("/key", undefined);
  await clock.advance(10_000);
  files.set("/key", keyPem("renewed"));
  await clock.advance(10_000);
  expect(current()).toBe(certificatePem("server"));
  expect(warnings().length).toBe(2);
  expect(warnings()[0]!.message).toContain("/key cannot be read");
  install("renewed");
  await clock.advance(1_000);
  expect(current()).toBe(certificatePem("renewed"));
});

test("closed ones look no more, until they are told to", async () => {
  const { clock, credentials, current, install } = await fromFiles();
  credentials.close();
  install("renewed");
  await clock.advance(10_000);
  await credentials.refresh();
  expect(current()).toBe(certificatePem("server"));
  credentials.watch();
  await clock.advance(1_000);
  expect(current()).toBe(certificatePem("renewed"));
  credentials.close();
});

test("the process's settings win over the code", async () => {
  const { files, credentials, ...world } = await fromFiles();
  credentials.close();
  const environment = { ...world.environment(), files };
  const settings = {
    text: (name: string) => ({ TLS_CERT: "/certificate", TLS_KEY: "/key" })[name],
  };
  const code = { certificate: certificatePem("client"), key: keyPem("client"), serverName: "s" };
  const made = (await TlsCredentials.open("x.tls", code, settings, environment))!;
  expect(Buffer.from(made.material.certificate!).toString()).toBe(certificatePem("server"));
  expect(made.serverName).toBe("s");
  made.close();
});
