const wire = "application/grpc";

const named: Readonly<Record<string, string>> = {
  proto: "application/protobuf",
  bytes: "application/octet-stream",
};

/** Content types of codecs that gRPC knows by another name, as in go-micro. */
const suffixes: Readonly<Record<string, string>> = {
  "application/protobuf": "+proto",
  "application/proto": "+proto",
  "application/json": "+json",
  "application/octet-stream": "+bytes",
};

/** Content type of gRPC messages whose bodies are of a codec's content type. */
export const toGrpcType = (contentType: string): string => `${wire}${suffixes[contentType] ?? ""}`;

/**
 * Content type of the bodies of gRPC messages: what the suffix says, else `said`, which go-micro's
 * clients and ours send as `x-content-type`. Undefined when nobody tells.
 */
export function fromGrpcType(type: string, said: string | undefined): string | undefined {
  const suffix = /^application\/grpc\+([^;\s]+)/.exec(type)?.[1];
  if (suffix !== undefined) return named[suffix] ?? `application/${suffix}`;
  return said?.startsWith(wire) ? fromGrpcType(said, undefined) : said;
}
