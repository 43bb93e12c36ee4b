#!/usr/bin/env node
/** The command `plugboard-contract`: prints a TypeScript contract for a `.proto`. */
import { writeSync } from "node:fs";
import { main } from "../codec/protobuf/generate.js";
import { realEnvironment } from "./environment.js";

const { process } = realEnvironment();
const code = main(process.args, {
  out: (text) => writeSync(1, text),
  error: (text) => writeSync(2, text),
});
if (code !== 0) process.exit(code);
