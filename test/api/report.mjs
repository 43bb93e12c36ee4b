// Compares the public surface of every built door with its report in this folder, or, with
// --update, rewrites the reports. A difference is a change that users will see.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
} from "@microsoft/api-extractor";
import { builtDoors, repository } from "./doors.mjs";

const update = process.argv.includes("--update");
const folder = import.meta.dirname;
const suffix = ".api.md";

const none = { logLevel: ExtractorLogLevel.None, addToApiReportFile: false };
const shown = { logLevel: ExtractorLogLevel.Error, addToApiReportFile: false };

const reportName = (door) => (door === "." ? "index" : door.replace("./", "").replaceAll("/", "."));

function configure({ door, types }, scratch) {
  return ExtractorConfig.prepare({
    packageJsonFullPath: join(repository, "package.json"),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: repository,
      mainEntryPointFilePath: join(repository, types),
      newlineKind: "lf",
      testMode: true, // nothing of this machine or of the tool's version in the report
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "ES2022",
            lib: ["ES2023", "ESNext.Disposable"],
            module: "nodenext",
            types: ["node"],
            strict: true,
            experimentalDecorators: true,
            skipLibCheck: true,
          },
          files: [join(repository, types)],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: reportName(door),
        reportFolder: join(scratch, "reports"),
        reportTempFolder: join(scratch, "temp"),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: shown },
        // A door may show a type that another door exports, and nobody here tags releases.
        extractorMessageReporting: { default: none },
        tsdocMessageReporting: { default: none },
      },
    },
  });
}

/** The reports of `doors`, by file name. */
function extract(doors) {
  const scratch = mkdtempSync(join(tmpdir(), "api-reports-"));
  try {
    mkdirSync(join(scratch, "reports"));
    mkdirSync(join(scratch, "temp"));
    const configs = doors.map((door) => configure(door, scratch));
    const [first, ...rest] = configs;
    if (!first) return new Map();
    const compilerState = CompilerState.create(first, {
      additionalEntryPoints: rest.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath),
    });
    return new Map(
      configs.map((config) => {
        const { succeeded } = Extractor.invoke(config, {
          compilerState,
          localBuild: true,
          messageCallback(message) {
            message.handled = message.logLevel !== ExtractorLogLevel.Error;
          },
        });
        if (!succeeded) throw new Error(`no report of ${config.mainEntryPointFilePath}`);
        const path = config.reportFilePath;
        return [basename(path), readFileSync(path, "utf8")];
      }),
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The lines that only one of the two texts has. */
function difference(before, after) {
  const missing = (from, other, mark) => {
    const left = other.split("\n");
    return from.split("\n").flatMap((line) => {
      const at = left.indexOf(line);
      if (at < 0) return [`  ${mark} ${line}`];
      left.splice(at, 1);
      return [];
    });
  };
  const lines = [...missing(before, after, "-"), ...missing(after, before, "+")];
  return lines.length > 0 ? lines.join("\n") : "  the order of its lines";
}

const doors = builtDoors();
if (doors.length === 0) {
  console.error("dist has no door: run `npm run build` first");
  process.exit(1);
}
const reports = extract(doors);
const faults = [];

for (const [name, after] of reports) {
  const path = join(folder, name);
  const before = existsSync(path) ? readFileSync(path, "utf8").replaceAll("\r\n", "\n") : "";
  if (before === after) continue;
  if (update) writeFileSync(path, after);
  faults.push(before === "" ? `${name} is new` : `${name}:\n${difference(before, after)}`);
}
for (const name of readdirSync(folder).filter((file) => file.endsWith(suffix))) {
  if (reports.has(name)) continue;
  if (update) rmSync(join(folder, name));
  faults.push(`${name} has no door any more`);
}

for (const fault of faults) console.log(fault);
if (update) {
  console.log(`${doors.length} doors, ${faults.length} reports changed`);
} else if (faults.length > 0) {
  console.error("The public surface has changed. If that is meant: `npm run api`, and commit.");
  process.exitCode = 1;
} else {
  console.log(`${doors.length} doors, as reported`);
}
