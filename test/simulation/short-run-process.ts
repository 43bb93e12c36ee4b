// Prints the trace of a short run: `tsx short-run-process.ts <seed>`.
import "reflect-metadata";
import { shortRun } from "./short-run.js";

void shortRun(Number(process.argv[2])).then((trace) => process.stdout.write(trace));
