/** A server of frames with one fault, planted to prove that the fuzzer finds such; the first argument names it. */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { frame } from "../../src/frames/frame-bytes.js";
import { serveParent } from "./serve-parent.js";

/** What a planted fault can reach. */
interface Planted {
  readonly kept: unknown[];
  deaf: boolean;
}

type Fault = (kind: number, payload: Buffer, planted: Planted) => void;

const faults: Readonly<Record<string, Fault>> = {
  none: () => undefined,
  crash: (kind, payload) => {
    // A cancel says nothing; this server believes that nobody says more.
    if (kind === 7 && payload.length > 0) (undefined as unknown as Buffer).toString();
  },
  reject: (kind, payload) => {
    if (kind === 8 && payload.length !== 4) void Promise.reject(new Error("nobody waits for this"));
  },
  leak: (kind, payload, { kept }) => {
    if (kind > 13) kept.push(Array.from({ length: 80_000 }, () => payload.length));
  },
  deaf: (kind, payload, planted) => {
    if (kind === 1 && payload.length < 2) planted.deaf = true;
  },
};

const [name = "none"] = process.argv.slice(2);
const fault = faults[name] ?? faults["none"]!;
const planted: Planted = { kept: [], deaf: false };

function serve(socket: Socket): void {
  let bytes: Buffer = Buffer.alloc(0);
  let begun = false;
  socket.on("error", () => undefined);
  socket.on("data", (more) => {
    bytes = Buffer.concat([bytes, more]);
    if (!begun && bytes.length < 4) return;
    if (!begun) bytes = bytes.subarray(4);
    begun = true;
    while (bytes.length >= 9) {
      const length = bytes.readUInt32BE(0);
      if (length > 1_000_000) return void socket.destroy();
      if (bytes.length < 9 + length) return;
      const payload = bytes.subarray(9, 9 + length);
      const kind = bytes[4]!;
      bytes = bytes.subarray(9 + length);
      fault(kind, payload, planted);
      if (kind === 10 && !planted.deaf) socket.write(frame(11, 0, payload.subarray(0, 8)));
    }
  });
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, "127.0.0.1", () =>
  serveParent({ door: { port: (server.address() as AddressInfo).port } }),
);
