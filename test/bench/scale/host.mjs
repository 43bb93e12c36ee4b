/** A server process of the greeter, and how many files a process may have open. */
import { execFileSync } from "node:child_process";
import { URL } from "node:url";
import { Child } from "../harness/child.mjs";
import { freePort } from "../harness/pair.mjs";
import { collecting } from "./memory.mjs";

const host = "127.0.0.1";

/** Connections of `wanted` that one process can hold; Node raises its own limit to the hard one. */
export function affordable(wanted) {
  if (process.platform === "win32") return wanted;
  const text = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
  return text === "unlimited" ? wanted : Math.min(wanted, Number(text) - 500);
}

/** `{ child, where }` of a greeter that takes `atOnce` calls and connections. */
export async function startHost(atOnce) {
  const child = new Child(new URL("server-process.mjs", import.meta.url), collecting);
  const where = { host, port: await freePort() };
  await child.request("start", { ...where, atOnce });
  return { child, where };
}
