/** Content type of a stream of JSON values, one on each line. */
export const ndjsonType = "application/x-ndjson";

/** The type of a header `content-type` in lower case, without its parameters. */
export const mediaType = (value: string | undefined): string =>
  (value ?? "").split(";", 1)[0]!.trim().toLowerCase();
