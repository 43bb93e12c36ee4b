// `npm run test:real`: gets what the suites need, then runs them in a network of their own.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { heading, repository, run } from "../ci/shell.mjs";
import { onPath, output } from "./provision/attempts.mjs";
import { provisionConformance } from "./provision/conformance.mjs";
import { provisionEtcd } from "./provision/etcd.mjs";
import { provisionGo } from "./provision/go.mjs";
import { provisionKafka } from "./provision/kafka.mjs";

/** What each suite needs; a suite is a folder here. */
const suites = {
  etcd: ["etcd"],
  kafka: ["kafka"],
  interop: ["go", "etcd", "kafka"],
  grpc: ["conformance"],
};
const provisioners = {
  etcd: provisionEtcd,
  kafka: provisionKafka,
  go: provisionGo,
  conformance: provisionConformance,
};

const usage = `Runs the suites that need real servers and real programs in Go.

  npm run test:real                        all of them
  npm run test:real -- ${Object.keys(suites).join(" ")}     those named
  npm run test:real -- etcd -t watch       options after the names go to Jest
  npm run test:real -- --provision         only gets what they need

What they need is taken from the first place that has it: an address in PLUGBOARD_ETCD or
PLUGBOARD_KAFKA, a program on PATH, Debian's packages (as root), Maven Central and the Go modules'
proxy, Docker. Downloads are kept in ${cacheFolder()} (PLUGBOARD_CACHE).
The suites run in a network namespace of their own, where that can be had, and always on loopback.`;

function cacheFolder() {
  const { PLUGBOARD_CACHE, XDG_CACHE_HOME } = process.env;
  return PLUGBOARD_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "plugboard");
}

const args = process.argv.slice(2);
if (args.includes("--help") || args.includes("-h")) {
  console.log(usage);
  process.exit(0);
}
const firstOption = args.findIndex((arg) => arg.startsWith("-"));
const named = firstOption === -1 ? args : args.slice(0, firstOption);
const options = args.slice(named.length).filter((option) => option !== "--provision");
const unknown = named.filter((name) => !(name in suites));
if (unknown.length > 0) {
  console.error(`no suite is named ${unknown.join(", ")}\n\n${usage}`);
  process.exit(2);
}
const chosen = named.length > 0 ? named : Object.keys(suites);

const scratch = mkdtempSync(join(tmpdir(), "plugboard-real-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

async function provision() {
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  const got = {};
  for (const need of new Set(chosen.flatMap((suite) => suites[suite])))
    got[need] = await provisioners[need]({ cache, log: (text) => console.log(`  ${text}`) });
  const file = join(scratch, "provisioned.json");
  writeFileSync(file, JSON.stringify(got));
  return { file, outside: Object.values(got).some(({ addresses, docker }) => addresses ?? docker) };
}

/** The command that gives a program a network with nothing but loopback; empty where there is none. */
async function ownNetwork() {
  if (onPath("unshare") === undefined || onPath("ip") === undefined) return [];
  const setUp =
    "ip link set lo up && ip link set lo multicast on && ip route add 224.0.0.0/4 dev lo";
  for (const user of [[], ["--user", "--map-root-user"]]) {
    const enter = ["unshare", ...user, "--net", "sh", "-c"];
    const [command, ...rest] = [...enter, setUp];
    const works = await output(command, rest, { minutes: 0.2 }).then(
      () => true,
      () => false,
    );
    if (works) return [...enter, `${setUp} && exec "$@"`, "sh"];
  }
  return [];
}

heading("What the suites need");
const { file, outside } = await provision().catch((error) => {
  console.error(`\n${error.message}`);
  process.exit(1);
});
if (args.includes("--provision")) process.exit(0);

const network = outside ? [] : await ownNetwork();
console.log(
  network.length > 0
    ? "  network: a namespace of their own"
    : `  network: this machine's (${outside ? "a server is outside" : "no namespace can be made"})`,
);
heading(`Suites: ${chosen.join(", ")}`);
const jest = join(repository, "node_modules/jest/bin/jest.js");
if (!existsSync(jest)) {
  console.error("Jest is not installed: run `npm ci` first.");
  process.exit(1);
}
const [command, ...rest] = [
  ...network,
  process.execPath,
  jest,
  "--config",
  join(repository, "test/real/jest.config.cjs"),
  "--maxWorkers=2",
  ...options,
  ...chosen.map((suite) => `test/real/${suite}/`),
];
const fault = await run(command, rest, { env: { PLUGBOARD_REAL: file }, minutes: 45 });
if (fault !== undefined) {
  console.error(`The suites failed: Jest ${fault}.`);
  process.exitCode = 1;
}
