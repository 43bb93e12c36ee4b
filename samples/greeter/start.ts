/**
 * Starts the greeter across three processes on the embedded defaults: two services that find each
 * other by mdns, and a client. `--once` leaves after the demonstration, `--help` says so.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";

const usage = `npm start [-- --once]

Runs the greeter sample: two service processes and a client process.
  --once   leave after the demonstration
  --help   print this
Ctrl-C drains the services and ends; a second Ctrl-C leaves at once.`;

const readyWithinMs = 20_000;

/** A demonstration does not listen to the network: it stays on the loopback interface. */
const onThisMachine = { MICRO_SERVER_ADDRESS: "127.0.0.1:0", MICRO_REGISTRY_ADDRESS: "127.0.0.1" };
const services: ChildProcess[] = [];

interface Ready {
  readonly child: ChildProcess;
  readonly address: string;
}

/** Starts a service process and waits for the line that says where it listens. */
function startService(file: string): Promise<Ready> {
  const child = spawn(process.execPath, [join(__dirname, file)], {
    stdio: ["ignore", "inherit", "pipe"],
    detached: true, // Ctrl-C reaches this process alone, which passes it on once
    env: { ...onThisMachine, ...process.env },
  });
  services.push(child);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${file} was not ready within ${readyWithinMs / 1_000} s`)),
      readyWithinMs,
    );
    let tail = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      process.stderr.write(text);
      tail = (tail + text).slice(-4_096);
      const address = /is ready on (\S+:\d+)/.exec(tail)?.[1];
      if (!address) return;
      clearTimeout(timer);
      resolve({ child, address });
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`${file} ended with code ${code} before it was ready`));
    });
  });
}

function runClient(): Promise<void> {
  const child = spawn(process.execPath, [join(__dirname, "main.client.js")], {
    stdio: "inherit",
    env: {
      ...onThisMachine,
      ...process.env,
      MICRO_LOG_LEVEL: process.env["MICRO_LOG_LEVEL"] ?? "warn",
    },
  });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`the client ended with code ${code}`)),
    );
  });
}

/** Sends a signal to all services and waits until they have ended. */
async function stopServices(signal: NodeJS.Signals): Promise<boolean> {
  const ends = services.map(
    (child) =>
      new Promise<boolean>((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null)
          return resolve(child.exitCode === 0);
        child.once("exit", (code) => resolve(code === 0));
        child.kill(signal);
      }),
  );
  return (await Promise.all(ends)).every(Boolean);
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) {
    console.log(usage);
    return;
  }
  const unknown = args.find((arg) => arg !== "--once");
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}\n\n${usage}`);

  let interrupted = 0;
  const interrupt = new Promise<void>((resolve) => {
    const onSignal = (): void => {
      interrupted++;
      if (interrupted > 1) {
        for (const child of services) child.kill("SIGKILL");
        process.exit(130);
      }
      resolve();
    };
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  });

  console.log("starting two services ...");
  const [greeter] = await Promise.all([
    startService("main.greeter.js"),
    startService("main.web.js"),
  ]);
  console.log("");
  await runClient();
  const port = greeter.address.slice(greeter.address.lastIndexOf(":") + 1);
  console.log(`
try it    curl -s -H 'Content-Type: application/json' -H 'Micro-Endpoint: Greeter.Hello' \\
               -d '{"name":"you"}' http://127.0.0.1:${port}/
`);
  if (!args.includes("--once")) {
    console.log("running until Ctrl-C");
    await interrupt;
  }
  console.log("draining ...");
  if (!(await stopServices("SIGTERM"))) throw new Error("a service did not stop cleanly");
  console.log("all stopped");
}

main(process.argv.slice(2)).catch(async (error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  await stopServices("SIGTERM");
  process.exitCode = 1;
});
