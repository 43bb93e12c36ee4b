/**
 * Who is measured. A peer is a module with
 *
 * - `startServer({ host, port, onEvent })`: `{ close(), info }`; `info`, if any, goes to `connect`;
 * - `connect({ host, port, info })`: one client object, `{ close() }` with, for the kinds it takes part in,
 *   - `unary`: `call({ name })`, a promise of `{ greeting }`;
 *   - `stream`: `stream({ name, count }, onMessage)`, a promise of the end, or an async iterable;
 *   - `chat`: `openChat()`, `{ exchange(request), close() }`, or `chat(requests)` of async iterables;
 *   - `event`: `publish({ name })`, whose promise tells that the event is accepted if `confirms` is true.
 */
import { existsSync } from "node:fs";
import { fileURLToPath, URL } from "node:url";

const calls = ["unary"];
const streams = ["unary", "stream", "chat"];
const events = ["unary", "event"];

/** Folders: `.` needs the repository's own packages only, `peers` those that are installed there. */
const list = [
  ["limit", "limit", "limit/limit.mjs", ["unary", "stream", "chat", "event"]],
  ["plugboard", "Plugboard", "adapter.mjs", streams],
  ["plugboard-full", "Plugboard, full", "plugboard/full.mjs", calls],
  ["plugboard-http", "Plugboard, mucp HTTP", "adapter-http.mjs", streams],
  ["plugboard-grpc", "Plugboard, gRPC", "plugboard/grpc.mjs", streams],
  ["plugboard-events", "Plugboard, http broker", "plugboard/events.mjs", ["event"]],
  ["nest-tcp", "NestJS TCP", "peers/nest-tcp.mjs", events],
  ["moleculer", "Moleculer TCP", "peers/moleculer.mjs", events],
  ["undici", "node:http + undici", "peers/undici.mjs", calls],
  ["grpc-js", "grpc-js", "peers/grpc-js.mjs", streams],
  ["nest-grpc", "NestJS gRPC", "peers/nest-grpc.mjs", streams],
  ["connect-h1", "connect-node HTTP/1.1", "peers/connect-h1.mjs", calls],
  ["connect-h2", "connect-node HTTP/2", "peers/connect-h2.mjs", streams],
];

const folder = new URL("../", import.meta.url);

/** `{ id, title, file, kinds, foreign }` each; those whose module does not exist yet are left out. */
export const peers = list
  .map(([id, title, path, kinds]) => ({
    id,
    title,
    file: new URL(path, folder).href,
    kinds,
    foreign: path.startsWith("peers/"),
  }))
  .filter(({ file }) => existsSync(fileURLToPath(file)));
