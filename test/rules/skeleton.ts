/** A repository in miniature: every folder that a rule names, and no rule broken. */
export const skeleton: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({
    name: "plugboard",
    dependencies: { protobufjs: "*", "reflect-metadata": "*", tsyringe: "*" },
    devDependencies: { etcd3: "*", zod: "*" },
    peerDependencies: { etcd3: "*" },
    peerDependenciesMeta: { etcd3: { optional: true } },
  }),
  ...Object.fromEntries(
    ["etcd3", "protobufjs", "reflect-metadata", "tsyringe", "zod"].flatMap((name) => [
      [`node_modules/${name}/package.json`, JSON.stringify({ name, main: "index.js" })],
      [`node_modules/${name}/index.js`, "module.exports = {};"],
    ]),
  ),

  "index.ts": `
    export * from "./src/index.js";
    export * from "./decorators/index.js";
    export { standard } from "./plugins/standard/index.js";`,

  "src/index.ts": `export { createService } from "./service/create-service.js";`,
  "src/spi.ts": `export { Registry } from "./registry/registry.js";`,
  "src/base/error.ts": `export class RpcError {}`,
  "src/base/options.ts": `import { RpcError } from "./error.js"; export const check = RpcError;`,
  "src/registry/registry.ts": `
    import { RpcError } from "../base/error.js";
    export class Registry { error = RpcError; }`,
  "src/plugin/container.ts": `
    import "reflect-metadata";
    import { container } from "tsyringe";
    export const child = container;`,
  "src/client/invoke.ts": `
    import { Registry } from "../registry/registry.js";
    import { check } from "../base/options.js";
    export const invoke = [Registry, check];`,
  "src/server/serve.ts": `
    import type { Socket } from "node:net";
    import { Registry } from "../registry/registry.js";
    export const serve = (socket: Socket) => [Registry, socket];`,
  "src/service/create-service.ts": `
    import { child } from "../plugin/container.js";
    import { invoke } from "../client/invoke.js";
    import { serve } from "../server/serve.js";
    export const createService = () => [child, invoke, serve];`,

  "decorators/index.ts": `export { Service } from "./service.js";`,
  "decorators/metadata.ts": `import "reflect-metadata"; export const record = 1;`,
  "decorators/service.ts": `
    import { createService } from "../src/index.js";
    import { Registry } from "../src/spi.js";
    import { record } from "./metadata.js";
    export const Service = [createService, Registry, record];`,

  "plugins/registry/memory/index.ts": `export { memory } from "./memory-registry.js";`,
  "plugins/registry/memory/memory-registry.ts": `
    import { Registry } from "../../../src/spi.js";
    export const memory = Registry;`,
  "plugins/registry/memory/memory-registry.test.ts": `
    import { memory } from "./index.js";
    import { standard } from "../../standard/index.js";
    import { contract } from "../../../test/contracts/index.js";
    contract(memory, standard);`,
  "plugins/registry/etcd/index.ts": `
    import { Registry } from "../../../src/spi.js";
    import etcd3 from "etcd3";
    export const etcd = [Registry, etcd3];`,
  "plugins/codec/protobuf/index.ts": `
    import { Registry } from "../../../src/spi.js";
    import protobuf from "protobufjs";
    export const protobufCodec = [Registry, protobuf];`,
  "plugins/standard/environment.ts": `import net from "node:net"; export const environment = net;`,
  "plugins/standard/index.ts": `
    import { memory } from "../registry/memory/index.js";
    import { protobufCodec } from "../codec/protobuf/index.js";
    import { environment } from "./environment.js";
    export const standard = [memory, protobufCodec, environment];`,

  "samples/greeter/greeter.ts": `export const greeter = 1;`,
  "samples/greeter/start.ts": `
    import { createService } from "plugboard";
    import { Service } from "plugboard/decorators";
    import { memory } from "plugboard/plugins/registry/memory";
    import { greeter } from "./greeter.js";
    createService(Service, memory, greeter);`,

  "test/contracts/index.ts": `
    import { Registry } from "../../src/spi.js";
    export const contract = (...parts: unknown[]) => [Registry, parts];`,
  "test/testing/index.ts": `
    import { createService } from "../../index.js";
    export const cluster = createService;`,
  "test/src/invoke.test.ts": `import { invoke } from "../../src/client/invoke.js"; invoke();`,
};
