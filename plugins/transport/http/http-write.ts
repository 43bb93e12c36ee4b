import type { Message } from "../../../src/spi.js";
import type { NameTable } from "./http-names.js";

/** Bodies up to this size travel in one piece with their head: copying is cheaper than a second write. */
const joinedBytes = 65_536;

// Header values are any text without CR, LF and NUL; Go turns them into spaces, and so do we.
// eslint-disable-next-line no-control-regex -- these are the characters to find
const unsendable = /[\u0000-\u0008\u000a-\u001f\u007f]/g;
// eslint-disable-next-line no-control-regex -- these are the characters to find
const needsWork = /[\u0000-\u0008\u000a-\u001f\u007f-\uffff]/;

/** Header lines of a message, in the order of its names. */
export function headerLines(message: Message, names: NameTable): string {
  let lines = "";
  const { headers } = message;
  for (const name in headers) {
    const written = names.canonical(name);
    if (written === undefined) continue;
    const value = headers[name] ?? "";
    lines += `${written}: ${needsWork.test(value) ? value.replace(unsendable, " ") : value}\r\n`;
  }
  return lines;
}

/** The pieces to write for a head and a body, in order. Text goes out as UTF-8, as Go writes it. */
export function pieces(head: string, body: Uint8Array): readonly Uint8Array[] {
  if (body.byteLength > joinedBytes) return [Buffer.from(head), body];
  const headBytes = Buffer.byteLength(head);
  const bytes = Buffer.allocUnsafe(headBytes + body.byteLength);
  if (headBytes === head.length) bytes.write(head, "latin1");
  else bytes.write(head, "utf8");
  bytes.set(body, headBytes);
  return [bytes];
}
