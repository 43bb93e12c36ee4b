// Ways to get something, tried in order until one works.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Tries each way. A way answers with what it got, with undefined when it does not apply here, or
 * throws when it applies and failed. When none is left, the error says what each came to.
 */
export async function firstThatWorks(what, ways, log) {
  const reasons = [];
  for (const [how, way] of Object.entries(ways)) {
    try {
      const got = await way();
      if (got !== undefined) {
        log(`${what}: ${how}`);
        return got;
      }
      reasons.push(`${how}: not here`);
    } catch (error) {
      reasons.push(`${how}: ${error.message}`);
    }
  }
  throw new Error(`${what} cannot be had.\n${reasons.map((reason) => `  - ${reason}`).join("\n")}`);
}

/** The path of a program on PATH, or undefined. */
export function onPath(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** Runs a program to its end; resolves with its standard output, rejects with the end of what it said. */
export function output(command, args, { cwd, env, minutes = 15 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let all = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
      all += chunk;
    });
    child.stderr.on("data", (chunk) => (all += chunk));
    const timer = setTimeout(() => child.kill("SIGKILL"), minutes * 60_000);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(out);
      else
        reject(
          new Error(
            `${command} ${args.join(" ")} ended with ${signal ?? code}: ${all.trim().slice(-1_500)}`,
          ),
        );
    });
  });
}

/** Installs Debian packages when this is root on a Debian; answers whether it did. */
export async function installDebian(packages) {
  if (process.getuid?.() !== 0 || onPath("apt-get") === undefined) return false;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const install = () =>
    output("apt-get", ["install", "-y", "--no-install-recommends", ...packages], { env });
  try {
    await install();
  } catch {
    await output("apt-get", ["update"], { env });
    await install();
  }
  return true;
}

/** Whether a Docker engine answers. */
export async function dockerAnswers() {
  if (onPath("docker") === undefined) return false;
  try {
    await output("docker", ["info", "--format", "{{.ServerVersion}}"], { minutes: 0.2 });
    return true;
  } catch {
    return false;
  }
}

/** Addresses from a variable, split at commas; undefined when it is not set. */
export function addressesFrom(variable) {
  const value = process.env[variable];
  return value ? value.split(",").map((address) => address.trim()) : undefined;
}
