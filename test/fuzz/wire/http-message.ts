/** An HTTP/1 message as its parts, valid or not. */
export interface HttpParts {
  /** Request or status line. */
  readonly first: Buffer;
  readonly headers: readonly HttpHeader[];
  readonly body: HttpBody;
  /** What ends each line of the head. */
  readonly lineEnd: string;
}

export interface HttpHeader {
  readonly name: Buffer;
  readonly value: Buffer;
}

/** A body and how it says where it ends. */
export type HttpBody =
  | {
      readonly kind: "length";
      readonly bytes: Buffer;
      /** What is said instead. */ readonly said?: string;
    }
  | { readonly kind: "chunks"; readonly chunks: readonly HttpChunk[]; readonly trailer: string }
  | { readonly kind: "bare"; readonly bytes: Buffer };

export interface HttpChunk {
  readonly bytes: Buffer;
  /** What stands in the line before it. */
  readonly size: string;
}

export const headerOf = (name: string | Buffer, value: string | Buffer): HttpHeader => ({
  name: Buffer.from(name as string),
  value: Buffer.from(value as string),
});

/** A valid message with a length. */
export const httpParts = (
  first: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
): HttpParts => ({
  first: Buffer.from(first),
  headers: Object.entries(headers).map(([name, value]) => headerOf(name, value)),
  body: { kind: "length", bytes: Buffer.from(body as string) },
  lineEnd: "\r\n",
});

/** The bytes of a message. */
export function httpBytes({ first, headers, body, lineEnd }: HttpParts): Buffer {
  const pieces: Buffer[] = [first, Buffer.from(lineEnd)];
  const line = (name: Buffer, value: Buffer): void => {
    pieces.push(name, Buffer.from(": "), value, Buffer.from(lineEnd));
  };
  for (const { name, value } of headers) line(name, value);
  if (body.kind === "length")
    line(Buffer.from("Content-Length"), Buffer.from(body.said ?? String(body.bytes.length)));
  if (body.kind === "chunks") line(Buffer.from("Transfer-Encoding"), Buffer.from("chunked"));
  pieces.push(Buffer.from(lineEnd));
  if (body.kind === "chunks") {
    for (const { bytes, size } of body.chunks)
      pieces.push(Buffer.from(`${size}\r\n`), bytes, Buffer.from("\r\n"));
    pieces.push(Buffer.from(`0\r\n${body.trailer}\r\n`));
  } else pieces.push(body.bytes);
  return Buffer.concat(pieces);
}
