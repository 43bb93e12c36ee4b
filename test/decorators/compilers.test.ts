import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import ts from "typescript";
import * as plugboard from "plugboard";
import { faultsOf } from "./start-app.js";

const repository = join(__dirname, "..", "..");

test("esbuild (tsx) emits no metadata: inject() and @Inject work, the rest says what to do", async () => {
  const tsx = join(repository, "node_modules", "tsx", "dist", "cli.mjs");
  const fixture = join(__dirname, "fixtures", "no-metadata.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [tsx, fixture], {
    cwd: repository,
  });
  expect(JSON.parse(stdout)).toEqual({
    metadata: false,
    html: "Hello Ada, it is 7 (memory)",
    text: "Hello Bob, it is 7",
    failure: [
      "Fails cannot start:",
      "Typed: constructor parameter 1 has no type at run time; turn emitDecoratorMetadata on, add @Inject(Token), or use a field with inject(Token)",
      "Undecorated: Undecorated is not decorated; add @Injectable() to it",
    ].join("\n  "),
  });
}, 60_000);

describe("files that import each other in a circle, as tsc compiles them", () => {
  const file = (own: string, other: string): string => `
    import { Injectable, Module } from "plugboard";
    import { ${other}, ${other}Module } from "./${other}.js";
    @Injectable()
    export class ${own} { constructor(readonly other: ${other}) {} }
    @Module({ imports: [${other}Module], providers: [${own}], exports: [${own}] })
    export class ${own}Module {}`;
  const sources = { Shop: file("Shop", "Till"), Till: file("Till", "Shop") };
  type File = keyof typeof sources;
  type Exports = Record<string, new () => object>;

  /** Loads a file as Node would: a file under way shows what it has exported so far. */
  function load(name: File, loaded = new Map<string, Exports>()): Exports {
    const known = loaded.get(name);
    if (known) return known;
    const { outputText } = ts.transpileModule(sources[name], {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.CommonJS,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      },
    });
    const exports: Exports = {};
    loaded.set(name, exports);
    const need = (wanted: string): unknown =>
      wanted === "plugboard" ? plugboard : load(wanted.slice(2, -3) as File, loaded);
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- a module loader
    new Function("require", "exports", outputText)(need, exports);
    return exports;
  }

  const notThereYet =
    "what is named does not exist yet when this line runs; check for files that import each other in a circle";

  test.each([
    ["Shop", "Till"],
    ["Till", "Shop"],
  ] as const)("the error names both ends, whichever loads first: %s", async (first, late) => {
    const Module = load(first)[`${first}Module`] as new () => object;
    expect(await faultsOf(Module)).toEqual([
      `${first}Module cannot start:`,
      `${first}Module -> ${late}Module -> undefined: ${notThereYet}`,
      `${late}: constructor parameter 1 has a type that does not exist at run time (an interface, a type, an \`import type\`, or a class of a file that imports this one in a circle); type it by a class, or add @Inject(Token)`,
    ]);
  });
});
