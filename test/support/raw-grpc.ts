import {
  connect,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";

/** A message as it is framed on the wire. */
export interface RawFrame {
  readonly compressed: boolean;
  readonly body: Buffer;
}

export const frameOf = (body: Buffer, compressed = false): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
};

export function framesIn(bytes: Buffer): RawFrame[] {
  const frames: RawFrame[] = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    frames.push({ compressed: bytes[at] === 1, body: bytes.subarray(at + 5, end) });
    at = end;
  }
  return frames;
}

/** One call over HTTP/2 without any library for gRPC. */
export async function rawCall(
  address: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  ...frames: readonly Buffer[]
): Promise<{
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly frames: readonly RawFrame[];
}> {
  const session = connect(`http://${address}`);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    let head: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    stream.on("response", (got) => void (head = got));
    stream.on("trailers", (got: IncomingHttpHeaders) => void (trailers = got));
    stream.end(Buffer.concat(frames));
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return { headers: head, trailers, frames: framesIn(Buffer.concat(chunks)) };
  } finally {
    session.close();
  }
}

/** A server over HTTP/2 without any library for gRPC; keeps what came. */
export async function rawServer(
  answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, frames: RawFrame[]) => void,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const server: Http2Server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => answer(stream, headers, framesIn(Buffer.concat(chunks))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        for (const session of sessions) session.destroy();
        server.close(() => resolve());
      }),
  };
}
