import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate and its key, in PEM, and where they are. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** An authority, a server on `localhost`, and a client. */
export interface Certificates {
  readonly ca: Certificate;
  readonly server: Certificate;
  readonly client: Certificate;
}

/** Makes certificates with the program openssl. @throws when there is none. */
export function makeCertificates(directory: string): Certificates {
  const at = (file: string): string => join(directory, file);
  const openssl = (...args: string[]): void =>
    void execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const request = (name: string, ...more: string[]): void =>
    openssl(
      "req",
      ...key,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
      "-subj",
      `/CN=${name}`,
      ...more,
    );

  request("ca", "-x509", "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE");
  for (const [name, extensions] of Object.entries({
    server: "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n",
    client: "extendedKeyUsage=clientAuth\n",
  })) {
    request(name);
    writeFileSync(at(`${name}.ext`), extensions);
    const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    const as = ["-extfile", `${name}.ext`, "-out", `${name}.crt`];
    openssl("x509", "-req", "-in", `${name}.pem`, ...by, ...as);
  }
  const read = (certificateFile: string, keyFile: string): Certificate => ({
    certificate: readFileSync(certificateFile, "utf8"),
    key: readFileSync(keyFile, "utf8"),
    certificateFile,
    keyFile,
  });
  return {
    ca: read(at("ca.pem"), at("ca.key")),
    server: read(at("server.crt"), at("server.key")),
    client: read(at("client.crt"), at("client.key")),
  };
}
