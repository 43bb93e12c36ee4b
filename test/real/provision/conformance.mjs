// The programs of gRPC's and Connect's own suites, built by the Go tool as their modules have them.
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { goTool, hashOf } from "./go.mjs";

const source = resolve(import.meta.dirname, "../go/conformance");
const connect = "connectrpc.com/conformance";
const programs = {
  interopClient: "google.golang.org/grpc/interop/client",
  interopServer: "google.golang.org/grpc/interop/server",
  connectConformance: `${connect}/cmd/connectconformance`,
};

/** `{ interopClient, interopServer, connectConformance, connectProtos }`: paths. */
export async function provisionConformance({ cache, log }) {
  const folder = join(cache, "go", `conformance-${hashOf(source)}`);
  if (!existsSync(folder)) await build(folder, { cache, log });
  log(`conformance: ${Object.keys(programs).join(", ")}`);
  const paths = Object.keys(programs).map((name) => [name, join(folder, name)]);
  return { ...Object.fromEntries(paths), connectProtos: join(folder, "proto") };
}

async function build(folder, { cache, log }) {
  const go = await goTool({ cache, log });
  await mkdir(dirname(folder), { recursive: true });
  const work = await mkdtemp(`${folder}-`);
  try {
    for (const [name, pack] of Object.entries(programs)) {
      const start = Date.now();
      await go.build(source, join(work, name), pack);
      log(`${pack}: built in ${((Date.now() - start) / 1_000).toFixed(0)} s`);
    }
    const protos = join(await go.moduleFolder(source, connect), "proto");
    await copyProtos(protos, join(work, "proto"));
    await chmod(work, 0o755);
    if (!existsSync(folder)) await rename(work, folder); // else another run was faster
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Their contents alone: what Go keeps of a module cannot be written to. */
async function copyProtos(from, to) {
  for (const path of (await readdir(from, { recursive: true })).map(String)) {
    if (!path.endsWith(".proto")) continue;
    await mkdir(dirname(join(to, path)), { recursive: true });
    await writeFile(join(to, path), await readFile(join(from, path)));
  }
}
