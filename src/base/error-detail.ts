/**
 * A protobuf message that travels with an error, such as `google.rpc.Help`. Over gRPC it is a packed
 * detail of `google.rpc.Status`, which callers of any make can read.
 */
export interface ErrorDetail {
  /** Full name of the message. */
  readonly type: string;
  /** The message as protobuf writes it. */
  readonly value: Uint8Array;
}
