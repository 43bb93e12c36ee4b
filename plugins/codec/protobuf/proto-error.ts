/**
 * Why a `.proto` is refused: not proto3 text, a feature that is not supported, an import that is not
 * found, or a name that is not in it.
 */
export type ProtoErrorReason =
  "proto.syntax" | "proto.unsupported" | "proto.import" | "proto.unknown-name";

/** A `.proto` that cannot be used, or a name that is not in it. Thrown while an app is set up. */
export class ProtoError extends Error {
  override readonly name = "ProtoError";

  constructor(
    readonly reason: ProtoErrorReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
