/** An HTTP/1 message as its parts, valid or not. Characters of its head are bytes (Latin-1). */
export interface HttpParts {
  /** Request or status line. */
  readonly first: string;
  readonly headers: readonly HttpHeader[];
  readonly body: HttpBody;
  /** What ends each line of the head. */
  readonly lineEnd: string;
}

export interface HttpHeader {
  readonly name: string;
  readonly value: string;
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

const latin1 = (text: string | Buffer): string =>
  typeof text === "string" ? text : text.toString("latin1");

export const headerOf = (name: string | Buffer, value: string | Buffer): HttpHeader => ({
  name: latin1(name),
  value: latin1(value),
});

/** A valid message with a length. */
export const httpParts = (
  first: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
): HttpParts => ({
  first,
  headers: Object.entries(headers).map(([name, value]) => headerOf(name, value)),
  body: { kind: "length", bytes: Buffer.from(body as string) },
  lineEnd: "\r\n",
});

/** The bytes of a message. */
export function httpBytes({ first, headers, body, lineEnd }: HttpParts): Buffer {
  let head = first + lineEnd;
  for (const { name, value } of headers) head += `${name}: ${value}${lineEnd}`;
  if (body.kind === "length")
    head += `Content-Length: ${body.said ?? String(body.bytes.length)}${lineEnd}`;
  if (body.kind === "chunks") head += `Transfer-Encoding: chunked${lineEnd}`;
  const pieces: Buffer[] = [Buffer.from(head + lineEnd, "latin1")];
  if (body.kind === "chunks") {
    for (const { bytes, size } of body.chunks)
      pieces.push(Buffer.from(`${size}\r\n`), bytes, Buffer.from("\r\n"));
    pieces.push(Buffer.from(`0\r\n${body.trailer}\r\n`));
  } else pieces.push(body.bytes);
  return Buffer.concat(pieces);
}
