import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { generateContract } from "./generate-contract.js";
import { loadProtoFile } from "./load-proto-file.js";
import { ProtoError } from "./proto-error.js";

/** Where {@link main} writes: a process's two outputs, or a test's. */
export interface GenerateOutput {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

const help = `Usage: generate FILE.proto [options]

Prints a TypeScript contract for a proto3 file.

  -o, --output FILE    write to FILE, not to the standard output
  -s, --service NAME   name under which the service registers
  -I, --include DIR    where imports are looked for; may be repeated
  -h, --help           print this
`;

const options = {
  output: { type: "string", short: "o" },
  service: { type: "string", short: "s" },
  include: { type: "string", short: "I", multiple: true },
  help: { type: "boolean", short: "h" },
} as const;

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options, allowPositionals: true });
}

/**
 * The generator's command line; `args` follow the script's name.
 * @returns the exit code: 0 done, 1 the file is refused, 2 the arguments are.
 */
export function main(args: readonly string[], { out, error }: GenerateOutput): number {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (refused) {
    error(`${(refused as Error).message}\n${help}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    out(help);
    return 0;
  }
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) {
    error(`one .proto file is needed\n${help}`);
    return 2;
  }
  try {
    const proto = loadProtoFile(path, values.include ? { includeDirs: values.include } : {});
    const text = generateContract(proto, {
      source: basename(path),
      ...(values.service !== undefined && { service: values.service }),
    });
    if (values.output === undefined) out(text);
    else writeFileSync(values.output, text);
    return 0;
  } catch (refused) {
    if (!(refused instanceof ProtoError) && !(refused as NodeJS.ErrnoException).code) throw refused;
    error(`${(refused as Error).message}\n`);
    return 1;
  }
}
