import type { Connection, Metadata } from "../../../src/spi.js";
import { FieldRole, longestKept, type FieldName, type FieldNames } from "./field-names.js";
import { badHeaderName } from "./http-errors.js";

/** Bytes of the block that heads and small bodies are laid into. */
const blockBytes = 65_536;
/** A body up to this size, in bytes, is copied behind its head, so that one write carries both. */
const copiedBodyBytes = 32_768;

/** Anything but a tab, what is visible in ASCII, and everything above: controls, that is. */
const control = /[^\t -~\u0080-\uffff]/;
const controls = /[^\t -~\u0080-\uffff]/g;

function lineOf(field: FieldName, value: string): string {
  const clean = control.test(value) ? value.replace(controls, " ") : value;
  const line = `${field.prefix}${clean}\r\n`;
  if (field.keeps && value.length <= longestKept) {
    field.lastValue = value;
    field.lastLine = line;
  }
  return line;
}

/** Writes HTTP/1.1 messages. */
export class MessageWriter {
  private block = Buffer.allocUnsafe(blockBytes);
  private used = 0;

  constructor(private readonly names: FieldNames) {}

  /**
   * The field lines of `headers`: names as Go writes them, control characters in values replaced by
   * spaces, and nothing that belongs to the framing.
   * @throws InternalServerError `transport.bad-header` for a name that HTTP has no way to write.
   */
  fields(headers: Metadata): string {
    let lines = "";
    for (const name in headers) {
      const field = this.names.get(name);
      if (field.role !== FieldRole.message) {
        if (field.role === FieldRole.invalid) throw badHeaderName(name);
        continue;
      }
      const value = headers[name] ?? "";
      lines += value === field.lastValue ? field.lastLine : lineOf(field, value);
    }
    return lines;
  }

  /** A message as one piece of bytes, or its head alone when the body is large. */
  encode(start: string, fields: string, body: Uint8Array): Uint8Array {
    const head = `${start}${fields}Content-Length: ${body.length}\r\n\r\n`;
    const copied = body.length <= copiedBodyBytes ? body.length : 0;
    const most = head.length * 3 + copied;
    if (most > blockBytes) {
      const alone = Buffer.from(head, "utf8");
      return copied === 0 ? alone : Buffer.concat([alone, body]);
    }
    if (this.used + most > blockBytes) {
      // Bytes that were handed out stay as they are, so the block is left to them.
      this.block = Buffer.allocUnsafe(blockBytes);
      this.used = 0;
    }
    const { block, used } = this;
    let end = used + block.write(head, used);
    if (copied > 0) {
      block.set(body, end);
      end += copied;
    }
    this.used = end;
    return block.subarray(used, end);
  }

  /** Writes what `encode` gave, and the body when that left it out. */
  write(connection: Connection, encoded: Uint8Array, body: Uint8Array): boolean {
    const ready = connection.write(encoded);
    return body.length > copiedBodyBytes ? connection.write(body) : ready;
  }
}
