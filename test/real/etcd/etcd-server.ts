import { rmSync } from "node:fs";
import { join } from "node:path";
import { Etcd3, type IOptions } from "etcd3";
import { startChild, type Child } from "../support/child.js";
import { freePorts } from "../support/free-port.js";
import { etcdProgram } from "../support/provisioned.js";
import { eventually } from "../support/real-world.js";
import { scratchDirectory } from "../support/scratch.js";
import { makeCertificates, type Certificates } from "./certificates.js";

/** What to start. */
export interface EtcdServerOptions {
  /** Default 1. */
  readonly members?: 1 | 3;
  /** Speaks TLS and wants a client's certificate. */
  readonly tls?: boolean;
  /** A user of this name, who may read and write below `prefix`; `root` may everything, with the same password. */
  readonly auth?: { readonly username: string; readonly password: string; readonly prefix: string };
  /** Address that it listens on. Default 127.0.0.1. */
  readonly host?: string;
  /** Further arguments for every member. */
  readonly args?: readonly string[];
}

/** A cluster of etcd, for tests. Members are counted from 0. */
export interface EtcdServer {
  /** `host:port` of every member. */
  readonly endpoints: readonly string[];
  /** With `tls` alone. */
  readonly certificates: Certificates | undefined;
  /** A client for the test's own use: `root` where there are users. Closed with the server. */
  client(): Etcd3;
  /** Ends a member as a power cut does. */
  kill(member?: number): Promise<void>;
  /** Stops a member without ending it, and lets it go on. */
  freeze(member?: number): void;
  thaw(member?: number): void;
  /** Starts a member again, with its data unless they are to be lost. */
  restart(member?: number, options?: { readonly empty?: boolean }): Promise<void>;
  /** The member that leads. */
  leader(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts etcd and waits until it serves. */
export async function startEtcd({
  members: size = 1,
  tls = false,
  auth,
  host: bound = "127.0.0.1",
  args = [],
}: EtcdServerOptions = {}): Promise<EtcdServer> {
  const scratch = scratchDirectory();
  const certificates = tls ? makeCertificates(scratch.path) : undefined;
  const ports = await freePorts(size * 2);
  const host = tls ? "localhost" : bound;
  const endpoints = ports.slice(0, size).map((port) => `${host}:${port}`);
  const children: (Child | undefined)[] = [];
  const clients: Etcd3[] = [];
  const peer = (member: number): string => `http://${bound}:${ports[size + member]}`;
  const cluster = endpoints.map((_, member) => `n${member}=${peer(member)}`).join(",");
  const dataOf = (member: number): string => join(scratch.path, `n${member}`);

  const start = async (member: number): Promise<void> => {
    const scheme = tls ? "https" : "http";
    children[member] = await startChild({
      ...etcdProgram(),
      args: [
        ...["--name", `n${member}`, "--data-dir", dataOf(member)],
        ...["--listen-client-urls", `${scheme}://${bound}:${ports[member]}`],
        ...["--advertise-client-urls", `${scheme}://${endpoints[member]}`],
        ...["--listen-peer-urls", peer(member), "--initial-advertise-peer-urls", peer(member)],
        ...["--initial-cluster", cluster, "--unsafe-no-fsync", "--logger", "zap"],
        ...(certificates ? tlsArgs(certificates) : []),
        ...args,
      ],
      ready: (output) => output.includes("serving client traffic"),
    });
  };
  const connect = (hosts: readonly string[], user?: IOptions["auth"]): Etcd3 => {
    const client = new Etcd3({
      hosts: hosts.map((each) => `${tls ? "https" : "http"}://${each}`),
      ...(user && { auth: user }),
      ...(certificates && {
        credentials: {
          rootCertificate: Buffer.from(certificates.ca.certificate),
          certChain: Buffer.from(certificates.client.certificate),
          privateKey: Buffer.from(certificates.client.key),
        },
      }),
    });
    clients.push(client);
    return client;
  };
  const root = auth && { username: "root", password: auth.password };

  await Promise.all(endpoints.map((_, member) => start(member)));
  if (auth) await setUpUsers(connect(endpoints), auth);
  return {
    endpoints,
    certificates,
    client: () => connect(endpoints, root),
    kill: async (member = 0) => children[member]?.kill("SIGKILL"),
    freeze: (member = 0) => children[member]?.signal("SIGSTOP"),
    thaw: (member = 0) => children[member]?.signal("SIGCONT"),
    restart: async (member = 0, { empty = false } = {}) => {
      if (empty) rmSync(dataOf(member), { recursive: true, force: true });
      await start(member);
    },
    leader: () =>
      eventually(async () => {
        for (const [member, endpoint] of endpoints.entries()) {
          const client = connect([endpoint], root);
          const status = await client.maintenance.status().catch(() => undefined);
          client.close();
          if (status && status.leader !== "0" && status.leader === status.header.member_id)
            return member;
        }
        throw new Error("no member leads");
      }),
    stop: async () => {
      for (const client of clients) client.close();
      await Promise.all(children.map(async (child) => child?.kill("SIGKILL")));
      scratch.remove();
    },
  };
}

const tlsArgs = ({ ca, server }: Certificates): string[] => [
  ...["--cert-file", server.certificateFile, "--key-file", server.keyFile],
  ...["--client-cert-auth", "--trusted-ca-file", ca.certificateFile],
];

async function setUpUsers(
  client: Etcd3,
  { username, password, prefix }: NonNullable<EtcdServerOptions["auth"]>,
): Promise<void> {
  const role = client.role("registry");
  await role.create();
  await role.grant({ permission: "Readwrite", range: client.range({ prefix }) });
  await client.role("root").create();
  for (const [name, roleName] of [
    [username, "registry"],
    ["root", "root"],
  ] as const) {
    await client.user(name).create(password);
    await client.user(name).addRole(roleName);
  }
  await client.auth.authEnable();
}
