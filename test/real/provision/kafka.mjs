// Kafka: servers of somebody else's, or the jars of two releases and a Java that runs them.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { addressesFrom, firstThatWorks, installDebian, onPath, output } from "./attempts.mjs";

/** The last release of each line that runs on Java 17, and what lets it log. */
const releases = {
  3.9: { version: "3.9.2", logging: "org.slf4j:slf4j-reload4j:1.7.36" },
  "4.x": { version: "4.3.1", logging: "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4" },
};

const leastJava = 17;

/** `{ addresses }`, or by line (`3.9`, `4.x`) `{ java, classpath }`. */
export async function provisionKafka({ cache, log }) {
  const addresses = addressesFrom("PLUGBOARD_KAFKA");
  if (addresses) {
    log("kafka: the addresses in PLUGBOARD_KAFKA");
    return { addresses };
  }
  const java = await findJava(log);
  const programs = {};
  for (const [line, release] of Object.entries(releases))
    programs[line] = { java, classpath: join(await findJars(release, cache, log), "*") };
  return programs;
}

const findJava = (log) =>
  firstThatWorks(
    `Java ${leastJava} or later (or set PLUGBOARD_KAFKA to the addresses of a Kafka)`,
    {
      "java on PATH": usableJava,
      "Debian's package default-jre-headless": async () =>
        (await installDebian(["default-jre-headless"])) ? usableJava() : undefined,
    },
    log,
  );

function usableJava() {
  const path = onPath("java");
  if (path === undefined) return undefined;
  const { stderr } = spawnSync(path, ["-version"], { encoding: "utf8" });
  const version = Number(/version "(\d+)/.exec(stderr ?? "")?.[1] ?? 0);
  if (version < leastJava) throw new Error(`${path} is Java ${version}`);
  return path;
}

function findJars(release, cache, log) {
  const jars = join(cache, "kafka", release.version);
  return firstThatWorks(
    `the jars of Kafka ${release.version}`,
    {
      "downloaded before": () => (existsSync(jars) ? jars : undefined),
      "Maven Central": async () => {
        if (onPath("mvn") === undefined) return undefined;
        log(`kafka: fetching ${release.version}, some 45 MB`);
        return download(release, jars);
      },
      "Maven Central through Debian's package maven": async () =>
        onPath("mvn") === undefined && (await installDebian(["maven"]))
          ? download(release, jars)
          : undefined,
    },
    log,
  );
}

async function download({ version, logging }, jars) {
  await mkdir(dirname(jars), { recursive: true });
  const work = await mkdtemp(`${jars}-`);
  try {
    const project = pom([`org.apache.kafka:kafka_2.13:${version}`, logging]);
    await writeFile(join(work, "pom.xml"), project);
    const goal = ["dependency:copy-dependencies", "-DincludeScope=runtime"];
    await output("mvn", ["-B", "-q", ...goal, "-DoutputDirectory=jars"], { cwd: work });
    if (!existsSync(jars)) await rename(join(work, "jars"), jars); // else another run was faster
    return jars;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const pom = (artifacts) => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>plugboard</groupId>
  <artifactId>kafka-server</artifactId>
  <version>1</version>
  <dependencies>
${artifacts.map(dependency).join("\n")}
  </dependencies>
</project>
`;

function dependency(artifact) {
  const [group, name, version] = artifact.split(":");
  return `    <dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
}
