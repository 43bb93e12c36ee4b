/** The peers' packages, installed on first use and whenever their list has changed. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, URL } from "node:url";

const folder = fileURLToPath(new URL("../peers/", import.meta.url));
const wanted = join(folder, "package-lock.json");
const installed = join(folder, "node_modules", ".installed-lock.json");

/** @returns whether the packages are there */
export function installPeers() {
  const same = existsSync(installed) && readFileSync(wanted).equals(readFileSync(installed));
  if (same) return true;
  console.log("installing the peers' packages ...");
  const { status } = spawnSync(
    "npm",
    ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"],
    { cwd: folder, stdio: "inherit", shell: process.platform === "win32", timeout: 600_000 },
  );
  if (status !== 0) return false;
  copyFileSync(wanted, installed);
  return true;
}
