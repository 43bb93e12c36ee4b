// Removes what a build leaves behind.
import { rmSync } from "node:fs";
import { resolve } from "node:path";

rmSync(resolve(import.meta.dirname, "../../dist"), { recursive: true, force: true });
