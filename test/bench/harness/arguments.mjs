/** The command line of a benchmark. */
import { parseArgs } from "node:util";

/** Reads the options that `options` describes, or prints `usage` and leaves. */
export function readArguments(usage, options) {
  let values;
  try {
    ({ values } = parseArgs({ options: { ...options, help: { type: "boolean" } } }));
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  return values;
}

/** A whole number of at least 1 out of an option's text. */
export function whole(name, text, fallback) {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`--${name} must be a whole number, at least 1; got ${text}`);
  process.exit(2);
}

/** The members of `all` that a comma list names by `id`; all of them when there is no list. */
export function chosen(name, text, all) {
  if (text === undefined) return all;
  const ids = text.split(",");
  const unknown = ids.filter((id) => !all.some((one) => one.id === id));
  if (unknown.length === 0) return all.filter(({ id }) => ids.includes(id));
  console.error(
    `--${name}: no ${unknown.join(", ")}; there are ${all.map(({ id }) => id).join(", ")}`,
  );
  process.exit(2);
}
