import { isUtf8 } from "node:buffer";

const ascii = /^[\t -~]*$/;
// eslint-disable-next-line no-control-regex
const control = /[\0-\x08\n-\x1f\x7f]/g;

/** A text as Node's HTTP libraries take header values: its UTF-8 bytes, a character each. Control characters become spaces. */
export function toHeaderText(text: string): string {
  if (ascii.test(text)) return text;
  return Buffer.from(text.replace(control, " "), "utf8").toString("latin1");
}

/** The way back; bytes that are no UTF-8 stay a character each. */
export function fromHeaderText(text: string): string {
  if (ascii.test(text)) return text;
  const bytes = Buffer.from(text, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : text;
}
