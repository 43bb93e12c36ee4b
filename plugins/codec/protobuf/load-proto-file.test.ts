import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { errorLike } from "../../../test/support/error-like.js";
import { loadProtoFile } from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "proto-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, body: string): string => {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `syntax = "proto3";\n${body}`);
  return path;
};
write(
  "common/money.proto",
  'package common; import "common/unit.proto"; message Money { Unit unit = 1; }',
);
write("common/unit.proto", "package common; enum Unit { EUR = 0; }");
const shop = write(
  "shop.proto",
  `package shop; import "common/money.proto"; import "common/unit.proto";
   import "google/protobuf/empty.proto";
   message Price { common.Money money = 1; }
   service Shop { rpc Ask(google.protobuf.Empty) returns (Price); }`,
);

test("a file and its imports, seen from its own folder", () => {
  const proto = loadProtoFile(shop);
  expect(proto.messages.map(({ name }) => name)).toEqual(["shop.Price"]);
  expect(proto.message("common.Money").fields[0]).toMatchObject({
    type: { kind: "enum", enum: { name: "common.Unit" } },
  });
  expect(proto.service("Shop").methods[0]!.input.name).toBe("google.protobuf.Empty");
});

test("imports are looked for in the folders that are named", () => {
  const deep = write(
    "deep/a.proto",
    'import "common/unit.proto"; message A { common.Unit u = 1; }',
  );
  expect(loadProtoFile(deep, { includeDirs: [folder] }).message("A").fields).toHaveLength(1);
  const missing = errorLike({
    reason: "proto.import",
    message: expect.stringContaining("imports common/unit.proto, not found in"),
  });
  expect(() => loadProtoFile(deep)).toThrow(missing);
});

test("files that import each other are read once each", () => {
  const one = write("one.proto", 'import "two.proto"; message One { Two two = 1; }');
  write("two.proto", 'import "one.proto"; message Two { One one = 1; }');
  expect(loadProtoFile(one).message("One").fields[0]).toMatchObject({ type: { kind: "message" } });
});

test("a file that is not there, or broken, is named", () => {
  const path = join(folder, "nowhere.proto");
  expect(() => loadProtoFile(path)).toThrow(
    errorLike({ reason: "proto.import", message: `cannot read ${path}` }),
  );
  const broken = write("broken.proto", "message {");
  expect(() => loadProtoFile(broken)).toThrow(
    errorLike({ reason: "proto.syntax", message: expect.stringContaining(broken) }),
  );
});
