import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Closers } from "../support/closers.js";
import { conformancePage, type Direction } from "./conformance-page.js";
import { runConnectSuite, type SuiteReport } from "./connect-suite.js";
import { runGoClient, startGoServer, type GoInteropServer } from "./go-interop.js";
import { startInteropApp, type InteropApp } from "./interop-app.js";
import { interopCases } from "./interop-cases.js";
import { knownFailures, type Mode } from "./known-failures.js";

const goCases = [...Object.keys(interopCases), "channel_soak", "pick_first_unary"];
const interop = new Map(goCases.map((name) => [name, new Set<Direction>()]));
const connect = new Map<Mode, SuiteReport>();

for (const tls of [false, true])
  describe(tls ? "over TLS" : "in the clear", () => {
    const closers = new Closers();
    let app: InteropApp;
    let go: GoInteropServer;
    beforeAll(async () => {
      app = closers.add(await startInteropApp(tls));
      go = closers.add(await startGoServer(tls));
    });
    afterAll(() => closers[Symbol.asyncDispose]());

    describe("gRPC's client in Go calls us", () => {
      test.each(goCases)("%s", async (name) => {
        await runGoClient(name, app.address, tls);
        interop.get(name)?.add(tls ? "goToUs, TLS" : "goToUs");
      });
    });

    describe("we call gRPC's server in Go", () => {
      test.each(Object.entries(interopCases))("%s", async (name, run) => {
        await run(app, go.address);
        interop.get(name)?.add(tls ? "usToGo, TLS" : "usToGo");
      });
    });
  });

test.each<Mode>(["server", "client"])("Connect's suite against our %s", async (mode) => {
  const known = knownFailures.filter((each) => each.mode === mode);
  const report = await runConnectSuite(mode, known);
  connect.set(mode, report);
  expect(report.failed).toEqual([]);
});

/** The version of a module that the suite's go.mod has. */
function versionOf(module: string): string {
  const file = readFileSync(join(__dirname, "../go/conformance/go.mod"), "utf8");
  return new RegExp(`^\\s*${module} (v\\S+)`, "m").exec(file)?.[1] ?? "";
}

test("docs/conformance.md says what this run found", () => {
  const page = join(__dirname, "../../../docs/conformance.md");
  const versions = {
    grpc: versionOf("google.golang.org/grpc"),
    connect: versionOf("connectrpc.com/conformance"),
  };
  const text = conformancePage({ versions, interop, connect, known: knownFailures });
  process.stdout.write(`\n${text}\n`);
  if (process.env["PLUGBOARD_WRITE_DOCS"]) writeFileSync(page, text);
  expect(readFileSync(page, "utf8")).toBe(text);
});
