/** Whatever is not printable ASCII, and the sign of the encoding itself. */
const special = /[^ -$&-~]+/gu;

/** A text as header `grpc-message`: percent-encoded where a header could not hold it. */
export const writeGrpcMessage = (text: string): string => text.replace(special, encodeURIComponent);

/** The way back; what is not encoded well stays as it is. */
export function readGrpcMessage(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
