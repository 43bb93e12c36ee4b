/** What the figures were measured on, and with. */
import { readFileSync } from "node:fs";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { URL } from "node:url";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

export const nodeMajor = process.versions.node.split(".")[0];

export function machine() {
  const cores = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `Node ${process.versions.node} (V8 ${process.versions.v8}), ${cores.length} x ${cores[0]?.model.trim() ?? arch()}, ${gib} GiB, ${platform()} ${release()}`;
}

/** Versions of what is compared. */
export function versions() {
  const own = read("../../../package.json");
  const wanted = [
    "@nestjs/core",
    "@nestjs/microservices",
    "moleculer",
    "undici",
    "@grpc/grpc-js",
    "@connectrpc/connect-node",
  ];
  const { dependencies } = read("../peers/package.json");
  return [
    `plugboard ${own.version}`,
    `protobufjs ${own.dependencies.protobufjs}`,
    ...wanted.map((name) => `${name} ${dependencies[name]}`),
  ].join(", ");
}

export const today = () => new Date().toISOString().slice(0, 10);
