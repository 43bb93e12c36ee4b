import { afterAll, beforeAll, describe, test } from "@jest/globals";
import { Closers } from "../support/closers.js";
import { startGoServer, runGoClient, type GoInteropServer } from "./go-interop.js";
import { startInteropApp, type InteropApp } from "./interop-app.js";
import { interopCases } from "./interop-cases.js";

const closers = new Closers();
let app: InteropApp;
let go: GoInteropServer;
beforeAll(async () => {
  app = closers.add(await startInteropApp());
  go = closers.add(await startGoServer());
});
afterAll(() => closers[Symbol.asyncDispose]());

const goCases = [...Object.keys(interopCases), "channel_soak", "pick_first_unary"];

describe("gRPC's client in Go calls us", () => {
  test.each(goCases)("%s", (name) => runGoClient(name, app.address));
});

describe("we call gRPC's server in Go", () => {
  test.each(Object.entries(interopCases))("%s", (_name, run) => run(app, go.address));
});
