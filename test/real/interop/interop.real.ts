import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin, Registry } from "plugboard";
import { etcdRegistry } from "plugboard/plugins/registry/etcd";
import { mdnsRegistry } from "plugboard/plugins/registry/mdns";
import { startEtcd, type EtcdServer } from "../etcd/etcd-server.js";
import { startKafka, type KafkaServer } from "../kafka/kafka-server.js";
import { provisioned } from "../support/provisioned.js";
import { callScenarios } from "./call-scenarios.js";
import { eventScenarios } from "./event-scenarios.js";
import { knownFailure, unavailable } from "./known-failures.js";
import { Matrix, type Direction } from "./matrix.js";
import { openWorld } from "./open-world.js";
import type { InteropWorld } from "./world.js";

const versions = Object.fromEntries(
  Object.keys(provisioned().go).map((major) => [major, goMicroVersion(major)]),
);
/** How both sides find each other, and what they speak. */
const places = [
  { title: "mdns", registry: "mdns", protocol: "mucp" },
  { title: "etcd", registry: "etcd", protocol: "mucp" },
  { title: "mdns, over gRPC", registry: "mdns", protocol: "grpc" },
] as const;
const scenarios = {
  mucp: [...callScenarios, ...eventScenarios],
  grpc: callScenarios.filter(({ mucpOnly }) => !mucpOnly),
};
const page = join(__dirname, "../../../docs/interop.md");
const matrix = new Matrix();

let etcd: EtcdServer;
let kafka: KafkaServer;

/** The version of go-micro in the program's go.mod. */
function goMicroVersion(major: string): string {
  const file = readFileSync(join(__dirname, "../go", major, "go.mod"), "utf8");
  return (
    /(?:github\.com\/micro\/go-micro(?:\/v\d+)?|go-micro\.dev\/v\d+) (v\S+)/.exec(file)?.[1] ??
    major
  );
}

beforeAll(async () => {
  [etcd, kafka] = await Promise.all([startEtcd(), startKafka({ version: "3.9" })]);
});

afterAll(async () => {
  await Promise.all([etcd?.stop(), kafka?.stop()]);
});

for (const [major, version] of Object.entries(versions))
  describe.each(places)(`go-micro ${version} through $title`, ({ title, registry, protocol }) => {
    let world: InteropWorld & AsyncDisposable;

    beforeAll(async () => {
      const plugin: Plugin<Registry> =
        registry === "mdns"
          ? mdnsRegistry({ multicastInterface: "127.0.0.1" })
          : etcdRegistry({ endpoints: etcd.endpoints });
      const registryAddresses = registry === "mdns" ? [] : etcd.endpoints;
      world = await openWorld({
        major,
        registry,
        protocol,
        plugin,
        registryAddresses,
        kafkaBrokers: kafka.brokers,
      });
    });

    afterAll(async () => {
      await world?.[Symbol.asyncDispose]();
    });

    const directions: readonly Direction[] = ["usToGo", "goToUs"];
    for (const direction of directions)
      for (const scenario of scenarios[protocol])
        test(`${direction === "usToGo" ? "we to Go" : "Go to us"}: ${scenario.title}`, async () => {
          const column = { major, registry: title, direction };
          const known = knownFailure(scenario.title, column);
          let failure: { readonly error: unknown } | undefined;
          try {
            await scenario[direction](world);
          } catch (error) {
            failure = { error };
            if (known === undefined) process.stdout.write(`${world?.go.output().slice(-2_000)}\n`);
          }
          matrix.set(
            scenario.title,
            column,
            failure && (known ?? "unexpected: see the test's output"),
          );
          if (known !== undefined) expect(failure).toBeDefined();
          else if (failure) throw failure.error;
        });
  });

test("docs/interop.md says what this run found", () => {
  const text = `# Interoperation with go-micro

Programs in Go that use go-micro as an ordinary module, against services of ours, each found through the same registry. Both
kinds serve the same endpoints of \`test/real/go/interop.proto\` and call each other. Over gRPC only what can differ
is tried, with metadata in ASCII. This page is written by
\`npm run docs:interop\`; \`npm run test:real -- interop\` fails when it is out of date.

${matrix.toMarkdown(versions)}

## Not here

${unavailable.map((reason) => `- ${reason}`).join("\n")}
`;
  process.stdout.write(`\n${text}\n`);
  if (process.env["PLUGBOARD_WRITE_DOCS"]) {
    mkdirSync(join(page, ".."), { recursive: true });
    writeFileSync(page, text);
  }
  expect(readFileSync(page, "utf8")).toBe(text);
});
