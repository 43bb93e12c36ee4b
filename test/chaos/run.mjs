// `npm run test:chaos`: gets etcd and Kafka, then runs the scenarios in a network of their own.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { cacheFolder } from "../real/provision/cache-folder.mjs";
import { provisionEtcd } from "../real/provision/etcd.mjs";
import { provisionKafka } from "../real/provision/kafka.mjs";
import { ownNetwork } from "../real/provision/own-network.mjs";

const repository = resolve(import.meta.dirname, "../..");
const scenarios = [
  "rolling-restart",
  "kill",
  "etcd-outage",
  "partition",
  "silent-node",
  "slow-node",
  "killed-caller",
];

const usage = `Puts real processes, a real etcd and a real Kafka through faults, and prints what came of it.
All scenarios take about ten minutes and write docs/reliability.md.

  npm run test:chaos                        all of them
  npm run test:chaos -- kill partition      those named; nothing is written
  npm run test:chaos -- soak --minutes 60   moderate load for so long; 60 or more are written, too

  scenarios: ${scenarios.join(" ")}

  --minutes n     of a soak (60)
  --no-write      writes nothing
  --keep folder   keeps logs and journals there
  --help          prints this

Ends with 1 when a target is missed. etcd and Kafka are had as for \`npm run test:real\`, but must be
programs here: what is at an address cannot be killed. The partition needs root, iproute2 and util-linux.`;

function complain(text) {
  console.error(`${text}\n\n${usage}`);
  process.exit(2);
}

function commandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        minutes: { type: "string", default: "60" },
        "no-write": { type: "boolean", default: false },
        keep: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    return complain(error.message);
  }
}

const { values, positionals: names } = commandLine();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const unknown = names.filter((name) => name !== "soak" && !scenarios.includes(name));
if (unknown.length > 0) complain(`no scenario is named ${unknown.join(", ")}`);
if (names.includes("soak") && names.length > 1) complain("a soak runs alone");
const minutes = Number(values.minutes);
if (!(minutes > 0)) complain(`--minutes must be a number above 0, got ${values.minutes}`);

async function provision() {
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  const log = (text) => console.log(text);
  const etcd = await provisionEtcd({ cache, log });
  const kafka = await provisionKafka({ cache, log });
  if (etcd.docker !== undefined || etcd.command === undefined || kafka.addresses !== undefined)
    throw new Error(
      "the scenarios start and kill etcd and Kafka themselves: unset PLUGBOARD_ETCD and PLUGBOARD_KAFKA, and install etcd and Java 17 or later",
    );
  const file = join(scratch, "provisioned.json");
  writeFileSync(file, JSON.stringify({ etcd: { command: etcd.command }, kafka }));
  return file;
}

const scratch = mkdtempSync(join(tmpdir(), "plugboard-chaos-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
const provisioned = await provision().catch((error) => {
  console.error(`\n${error.message}`);
  process.exit(1);
});

const network = await ownNetwork();
console.log(
  network.length > 0
    ? "network: a namespace of its own"
    : "network: this machine's, since no namespace can be made",
);
const task = {
  repository,
  names,
  minutes,
  write: !values["no-write"],
  ownNetwork: network.length > 0,
  ...(values.keep === undefined ? {} : { keep: resolve(values.keep) }),
};
const main = join(repository, "dist/test/chaos/main.js");
const [command, ...args] = [...network, process.execPath, main, JSON.stringify(task)];
const child = spawn(command, args, {
  stdio: "inherit",
  env: { ...process.env, PLUGBOARD_REAL: provisioned },
});
// It ends what it has started, and then itself; this process waits for that.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => child.kill(signal === "SIGINT" ? "SIGTERM" : signal));
child.on("error", (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
