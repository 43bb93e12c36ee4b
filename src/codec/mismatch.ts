import { BadRequest } from "../base/errors.js";
import type { MessageType } from "./message-type.js";

/** A value that does not fit its type, on the way up from the field where it was found. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
  /** From the message down to the field: `.address.lines[2]`. */
  path = "";
}

/** Puts `step` before the path of a {@link Mismatch}; other errors pass unchanged. */
export function within(step: string, error: unknown): unknown {
  if (error instanceof Mismatch) error.path = step + error.path;
  return error;
}

/** A {@link Mismatch} as `HelloRequest.address.zip: expected a number`; other errors pass unchanged. */
export function toBadRequest(type: MessageType, reason: string, error: unknown): unknown {
  if (!(error instanceof Mismatch)) return error;
  const name = type.name.slice(type.name.lastIndexOf(".") + 1);
  return new BadRequest(`${name}${error.path}: ${error.message}`, { reason });
}
