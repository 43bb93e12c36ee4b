/**
 * Length-prefixed frames with an id, each way over one socket: `u32 length, u32 word, body`, where
 * `word` is a kind in the upper bits and a call's id below. As lean as it can be made:
 * messages are encoded by protobufjs straight into the buffer that is written, one write for all
 * that one turn makes; they are decoded where they lie; a frame that comes in pieces is copied once.
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import protobuf from "protobufjs";

const { BufferReader, BufferWriter } = protobuf;

const { root } = protobuf.parse(`
  syntax = "proto3";
  message HelloRequest { string name = 1; }
  message HelloReply { string greeting = 1; }
  message TicksRequest { string name = 1; uint32 count = 2; }
`);
export const [HelloRequest, HelloReply, TicksRequest] = [
  "HelloRequest",
  "HelloReply",
  "TicksRequest",
].map((name) => root.lookupType(name).setup());

const kindShift = 27;
export const idMask = (1 << kindShift) - 1;
const kindOf = (number) => number << kindShift;
export const kinds = {
  unary: kindOf(0),
  ticks: kindOf(1),
  end: kindOf(2),
  chat: kindOf(3),
  event: kindOf(4),
};

const bufferBytes = 512 * 1024;
const flushBytes = 256 * 1024;
/** A write of this size may have to wait, so its buffer is worth getting back. */
const crowdBytes = 64 * 1024;
const maxFree = 32;
const headBytes = 8;

const readLength = (bytes, at) =>
  bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);

function writeWord(bytes, at, word) {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}

export class Wire {
  #socket;
  #writer = new BufferWriter();
  #free = [];
  #scheduled = false;
  #reader = new BufferReader(Buffer.alloc(0));
  #held = Buffer.allocUnsafe(bufferBytes);
  #fill = 0;
  #onFrame;

  /** @param onFrame is given the frame's word, a reader at its body, and the body's length */
  constructor(socket, onFrame) {
    socket.setNoDelay(true);
    this.#socket = socket;
    this.#onFrame = onFrame;
    this.#writer.buf = Buffer.allocUnsafe(bufferBytes);
    this.#reader.discardUnknown = true;
    socket.on("data", (chunk) => this.#data(chunk));
  }

  /** False when the socket wants no more for now; then its `drain` tells when. */
  get writable() {
    return !this.#socket.writableNeedDrain;
  }

  /** Lays a message into the buffer, which is written at the end of this turn. */
  send(word, type, message) {
    const writer = this.#writer;
    const start = writer.pos;
    writer.pos = start + headBytes;
    type.encode(message, writer);
    const { buf, pos } = writer;
    writeWord(buf, start, pos - start - 4);
    writeWord(buf, start + 4, word);
    if (pos > flushBytes) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      process.nextTick(this.#tick);
    }
  }

  #tick = () => {
    this.#scheduled = false;
    if (this.#writer.pos > 0) this.#flush();
  };

  #flush() {
    const writer = this.#writer;
    const { buf, pos } = writer;
    writer.pos = 0;
    const crowded = pos > crowdBytes || this.#socket.writableLength > 0;
    let waits = false;
    const written = () => {
      if (waits && this.#free.length < maxFree) this.#free.push(buf);
    };
    this.#socket.write(buf.subarray(0, pos), crowded ? written : undefined);
    // What the kernel took at once may be overwritten; what waits may not.
    if (this.#socket.writableLength === 0) return;
    waits = true;
    writer.buf = this.#free.pop() ?? Buffer.allocUnsafe(bufferBytes);
  }

  #data(chunk) {
    this.#scheduled = true; // the end of this read is the end of the turn
    let at = 0;
    while (this.#fill > 0 && at < chunk.length) at = this.#complete(chunk, at);
    at = this.#frames(chunk, at, chunk.length);
    if (at < chunk.length) {
      chunk.copy(this.#held, this.#fill, at);
      this.#fill += chunk.length - at;
    }
    this.#tick();
  }

  /** Adds to the frame that is held what it lacks, and delivers it once it is whole. */
  #complete(chunk, from) {
    let at = from;
    if (this.#fill < 4) {
      const head = Math.min(4 - this.#fill, chunk.length - at);
      this.#fill += chunk.copy(this.#held, this.#fill, at, at + head);
      at += head;
      if (this.#fill < 4) return at;
    }
    const total = readLength(this.#held, 0) + 4;
    if (total > this.#held.length) {
      const larger = Buffer.allocUnsafe(total * 2);
      this.#held.copy(larger, 0, 0, this.#fill);
      this.#held = larger;
    }
    const missing = Math.min(total - this.#fill, chunk.length - at);
    this.#fill += chunk.copy(this.#held, this.#fill, at, at + missing);
    if (this.#fill === total) {
      this.#fill = 0;
      this.#frames(this.#held, 0, total);
    }
    return at + missing;
  }

  /** Delivers the whole frames of `bytes`; tells where the rest begins. */
  #frames(bytes, from, end) {
    const reader = this.#reader;
    const onFrame = this.#onFrame;
    reader.buf = bytes;
    reader.len = end;
    let at = from;
    while (end - at >= headBytes) {
      const length = readLength(bytes, at);
      if (end - at - 4 < length) break;
      reader.pos = at + headBytes;
      onFrame(readLength(bytes, at + 4), reader, length - 4);
      at += 4 + length;
    }
    return at;
  }
}
