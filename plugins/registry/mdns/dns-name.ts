import type { DnsBudget } from "./dns-budget.js";
import { dnsMalformed } from "./dns-malformed.js";

/** Bytes of one label and of a whole name (RFC 1035, section 2.3.4). */
const maxLabelBytes = 63;
const maxNameBytes = 255;

/** Text as part of a name: its dots separate labels, its backslashes mean themselves. */
export const escapeName = (text: string): string => text.replaceAll("\\", "\\\\");

/** The text that {@link escapeName} was given; dots inside labels come out as dots. */
export const unescapeName = (name: string): string => name.replace(/\\([\s\S])/gu, "$1");

/**
 * A name such as `greeter.micro.` as bytes, not compressed. `\.` is a dot inside a label.
 * @throws BadRequest (`registry.dns-malformed`) for labels that are empty or over 63 bytes and names
 *   over 255.
 */
export function nameBytes(name: string): Buffer {
  if (name === ".") return Buffer.of(0);
  const parts: Buffer[] = [];
  for (const label of splitLabels(name)) {
    const text = Buffer.from(label);
    if (text.length === 0) throw dnsMalformed(`the DNS name "${name}" has an empty label`);
    if (text.length > maxLabelBytes)
      throw dnsMalformed(
        `"${label}" is ${text.length} bytes long; between two dots of an mDNS name there is room for ${maxLabelBytes}`,
      );
    parts.push(Buffer.of(text.length), text);
  }
  const bytes = Buffer.concat([...parts, Buffer.of(0)]);
  if (bytes.length <= maxNameBytes) return bytes;
  throw dnsMalformed(
    `the DNS name "${name}" is ${bytes.length} bytes, ${maxNameBytes} is the limit`,
  );
}

/** A name read, and where the bytes after it begin. */
export interface NameRead {
  readonly name: string;
  readonly end: number;
}

/**
 * Reads a name at `start`, following compression. Pointers must lead backwards, so it ends; `budget`
 * bounds what that costs.
 * @throws BadRequest (`registry.dns-malformed`).
 */
export function readName(bytes: Buffer, start: number, budget: DnsBudget): NameRead {
  let name = "";
  let length = 1;
  let at = start;
  let end: number | undefined;
  let barrier = start;
  for (;;) {
    const size = bytes[at];
    if (size === undefined) throw dnsMalformed("a name runs past the end");
    if (size === 0) return { name: name || ".", end: end ?? at + 1 };
    budget.step();
    if (size >= 0xc0) {
      const low = bytes[at + 1];
      if (low === undefined) throw dnsMalformed("a name runs past the end");
      const target = ((size & 0x3f) << 8) | low;
      if (target >= barrier) throw dnsMalformed("a compressed name points forwards");
      end ??= at + 2;
      barrier = at = target;
      continue;
    }
    if (size > maxLabelBytes) throw dnsMalformed("a label of unknown kind");
    if (at + 1 + size > bytes.length) throw dnsMalformed("a label runs past the end");
    length += size + 1;
    if (length > maxNameBytes) throw dnsMalformed(`a name is longer than ${maxNameBytes} bytes`);
    const label = bytes.toString("utf8", at + 1, at + 1 + size);
    name += `${label.replace(/[\\.]/g, "\\$&")}.`;
    at += size + 1;
  }
}

/** The labels of a name, unescaped. A dot at the end is allowed and adds none. */
function splitLabels(name: string): string[] {
  const labels = [""];
  for (const [part] of name.matchAll(/\\[\s\S]|[^\\]/gu)) {
    if (part === ".") labels.push("");
    else labels.push(`${labels.pop() ?? ""}${unescapeName(part)}`);
  }
  return labels.length > 1 && labels.at(-1) === "" ? labels.slice(0, -1) : labels;
}
