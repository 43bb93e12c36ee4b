/** What is aimed at, and what was reached. */

const ratio =
  (key) =>
  (text, id, [ours, theirs], target, most) => ({
    text,
    target,
    most,
    got(find) {
      const [a, b] = [find(id, ours), find(id, theirs)];
      return a && b ? a[key] / b[key] : undefined;
    },
  });
const rate = ratio("rate");
const cpu = ratio("cpuUs");
const tail = ratio("p99Us");
const leaf = ["plugboard", "limit"];
const full = ["plugboard-full", "limit"];
const nest = ["plugboard", "nest-tcp"];

const targets = [
  rate("leaf / limit, 20 B, 64 outstanding", "20x64", leaf, 0.75),
  rate("leaf / limit, 20 B, 256 outstanding", "20x256", leaf, 0.75),
  rate("full / limit, 20 B, 64 outstanding", "20x64", full, 0.6),
  rate("full / limit, 20 B, 256 outstanding", "20x256", full, 0.45),
  rate("full / limit, 1 KB, 64 outstanding", "1024x64", full, 0.9),
  rate("leaf / limit, 64 KB, 64 outstanding", "65536x64", leaf, 1.2),
  cpu("CPU per call, leaf / limit, 1 outstanding on one core", "one-core", leaf, 1.25, true),
  tail("p99, leaf / limit, 20 B, 64 outstanding", "20x64", leaf, 2, true),
  rate("leaf / NestJS TCP, 20 B, 64 outstanding", "20x64", nest, 2.8),
  rate("leaf / NestJS TCP, 20 B, 256 outstanding", "20x256", nest, 4),
  cpu("CPU per call, leaf / NestJS TCP, 20 B, 64 outstanding", "20x64", nest, 0.2, true),
  rate("leaf / grpc-js, 20 B, 64 outstanding", "20x64", ["plugboard", "grpc-js"], 30),
  rate(
    "mucp HTTP / node:http + undici, 20 B, 64 outstanding",
    "20x64",
    ["plugboard-http", "undici"],
    2,
  ),
  rate("server stream of 20 B messages / raw frames", "stream", leaf, 0.6),
  cpu(
    "CPU per call, gRPC / grpc-js, 20 B, 64 outstanding",
    "20x64",
    ["plugboard-grpc", "grpc-js"],
    1.1,
    true,
  ),
];

/** `{ text, aim, got, held }` of each target that was measured. `find(caseId, peerId)` gives a row. */
export const judged = (find) =>
  targets.flatMap(({ text, target, most, got }) => {
    const value = got(find);
    if (value === undefined) return [];
    const held = most ? value <= target : value >= target;
    return [{ text, aim: `${most ? "at most" : "at least"} ${target}`, got: value, held }];
  });

/** The same as cells of a table. */
export const targetCells = (found) => [
  ["", "target", "got", ""],
  ...found.map(({ text, aim, got, held }) => [text, aim, got.toFixed(2), held ? "held" : "missed"]),
];
