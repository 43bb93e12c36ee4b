import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { skeleton } from "./skeleton.js";

interface Report {
  readonly modules: readonly string[];
  readonly violations: readonly {
    readonly rule: string;
    readonly from: string;
    readonly to: string;
  }[];
}

const repository = resolve(__dirname, "../..");

/** A broken rule, the file that breaks it, and the line that file gains (or, if new, is). */
const plants: readonly (readonly [rule: string, file: string, line: string])[] = [
  ["no-cycles", "src/base/error.ts", `import "./options.js";`],
  ["no-cycles", "src/registry/registry.ts", `export * from "../spi.js";`],
  ["resolvable", "src/base/error.ts", `import "./gone.js";`],
  ["resolvable", "samples/greeter/start.ts", `import "plugboard/plugins/registry/gone";`],
  ["no-orphans", "src/base/lonely.ts", `export const lonely = 1;`],
  ["no-orphans", "plugins/registry/memory/lonely.ts", `export const lonely = 1;`],
  ["no-orphans", "decorators/lonely.ts", `export const lonely = 1;`],
  ["door-binds-three", "index.ts", `export * from "./src/base/error.js";`],
  ["door-binds-three", "index.ts", `export * from "./plugins/registry/memory/index.js";`],
  ["door-binds-three", "index.ts", `import "tsyringe";`],
  ["src-looks-down-only", "src/client/invoke.ts", `import "../../decorators/metadata.js";`],
  [
    "src-looks-down-only",
    "src/client/invoke.ts",
    `import "../../plugins/codec/protobuf/index.js";`,
  ],
  ["src-looks-down-only", "src/client/invoke.ts", `import "../../samples/greeter/greeter.js";`],
  ["base-stands-alone", "src/base/error.ts", `import "../plugin/container.js";`],
  ["interfaces-know-no-engine", "src/selector/selector.ts", `import "../client/invoke.js";`],
  ["interfaces-know-no-engine", "src/plugin/plugin.ts", `import "../service/create-service.js";`],
  ["client-and-server-never-meet", "src/client/invoke.ts", `import "../server/serve.js";`],
  ["server-and-client-never-meet", "src/server/serve.ts", `import "../client/invoke.js";`],
  ["engine-below-service", "src/server/other.ts", `import "../service/create-service.js";`],
  ["src-opens-no-sockets", "src/server/serve.ts", `import { createServer } from "node:net";`],
  ["src-opens-no-sockets", "src/client/invoke.ts", `import "http2";`],
  ["src-has-two-packages", "src/base/error.ts", `import "zod";`],
  ["src-has-two-packages", "src/base/error.ts", `import "protobufjs";`],
  ["container-in-one-place", "src/service/create-service.ts", `import "tsyringe";`],
  ["container-in-one-place", "decorators/service.ts", `import "reflect-metadata";`],
  ["container-in-one-place", "plugins/registry/etcd/index.ts", `import "tsyringe";`],
  ["plugins-use-the-spi", "plugins/registry/etcd/index.ts", `import "../../../src/base/error.js";`],
  ["plugins-use-the-spi", "plugins/registry/etcd/index.ts", `import "../../../src/index.js";`],
  ["plugins-use-the-spi", "plugins/registry/etcd/index.ts", `import "../../../index.js";`],
  ["plugins-use-the-spi", "plugins/registry/etcd/index.ts", `import "plugboard/decorators";`],
  ["plugins-are-islands", "plugins/registry/etcd/index.ts", `import "../memory/index.js";`],
  ["plugins-are-islands", "plugins/registry/etcd/index.ts", `import "../../standard/index.js";`],
  ["plugins-are-islands", "plugins/registry/shared.ts", `import "./memory/index.js";`],
  [
    "plugin-tests-see-the-preset-only",
    "plugins/registry/memory/memory-registry.test.ts",
    `import "../etcd/index.js";`,
  ],
  ["protobuf-in-one-place", "plugins/registry/etcd/index.ts", `import "protobufjs";`],
  ["protobuf-in-one-place", "test/contracts/index.ts", `import "protobufjs";`],
  ["decorators-use-the-doors", "decorators/service.ts", `import "../src/base/error.js";`],
  ["decorators-use-the-doors", "decorators/service.ts", `import "../plugins/standard/index.js";`],
  ["samples-use-public-doors", "samples/greeter/start.ts", `import "../../src/base/error.js";`],
  ["samples-use-public-doors", "samples/greeter/start.ts", `import "../../decorators/service.js";`],
  [
    "samples-use-public-doors",
    "samples/greeter/start.ts",
    `import "../../plugins/registry/memory/memory-registry.js";`,
  ],
  [
    "shipped-code-needs-no-tests",
    "src/client/invoke.ts",
    `import "../../test/contracts/index.js";`,
  ],
  ["shipped-code-needs-no-tests", "decorators/service.ts", `import "plugboard/contracts";`],
  [
    "shipped-code-needs-no-tests",
    "plugins/registry/etcd/index.ts",
    `import "../../../test/contracts/index.js";`,
  ],
  ["shipped-code-needs-no-dev-packages", "plugins/registry/etcd/index.ts", `import "zod";`],
  ["shipped-code-needs-no-dev-packages", "test/testing/index.ts", `import "zod";`],
];

function cruise(folders: readonly string[]): Report[] {
  const script = join(__dirname, "cruise.mjs");
  return JSON.parse(
    execFileSync(process.execPath, [script, ...folders], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    }),
  ) as Report[];
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function brokenRules(report: Report | undefined): string[] {
  return [...new Set(report?.violations.map(({ rule }) => rule))];
}

describe("the repository", () => {
  let report: Report | undefined;
  beforeAll(() => {
    [report] = cruise([repository]);
  }, 60_000);

  test("breaks no import rule", () => {
    expect(report?.violations).toEqual([]);
  });

  test("is seen as a whole", () => {
    // A cruise that saw nothing would find nothing: the folders are there, with their modules.
    const seen = (folder: string): number =>
      report?.modules.filter((path) => path.startsWith(folder) && path.endsWith(".ts")).length ?? 0;
    expect(seen("index.ts")).toBe(1);
    expect(seen("src/")).toBeGreaterThanOrEqual(20);
    expect(seen("decorators/")).toBeGreaterThanOrEqual(5);
    expect(seen("plugins/")).toBeGreaterThanOrEqual(10);
    expect(seen("samples/")).toBeGreaterThanOrEqual(2);
    expect(seen("test/")).toBeGreaterThanOrEqual(5);
  });
});

describe("a planted break", () => {
  const scratch = mkdtempSync(join(tmpdir(), "import-rules-"));
  let clean: Report | undefined;
  let broken: Report[] = [];

  beforeAll(() => {
    const folders = [undefined, ...plants].map((plant, index) => {
      const folder = join(scratch, String(index));
      write(folder, skeleton);
      copyFileSync(join(repository, "tsconfig.json"), join(folder, "tsconfig.json"));
      if (plant) {
        const [, file, line] = plant;
        write(folder, { [file]: `${line}\n${skeleton[file] ?? ""}` });
      }
      return folder;
    });
    [clean, ...broken] = cruise(folders);
  }, 120_000);

  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
    expect(existsSync(scratch)).toBe(false);
  });

  test("is the only fault of the skeleton", () => {
    expect(clean?.violations).toEqual([]);
    const sources = Object.keys(skeleton).filter((path) => path.endsWith(".ts"));
    expect(clean?.modules).toEqual(expect.arrayContaining(sources));
  });

  test.each(plants.map(([rule, file, line], index) => [rule, file, line, index] as const))(
    "%s: %s with %s",
    (rule, _file, _line, index) => {
      expect(brokenRules(broken[index])).toEqual([rule]);
    },
  );

  test("is tried for every rule", () => {
    const load = createRequire(__filename);
    const { forbidden } = load("../../.dependency-cruiser.cjs") as {
      readonly forbidden: readonly { readonly name: string }[];
    };
    const planted = new Set(plants.map(([rule]) => rule));
    expect([...planted].sort()).toEqual(forbidden.map(({ name }) => name).sort());
  });
});
