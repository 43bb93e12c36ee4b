import type { RpcError } from "../base/error.js";
import type { BodyWriter } from "../codec/codec.js";
import type { LaneStream, LaneStreamUser } from "../transport/lane.js";
import { messageTooLarge } from "./frame-errors.js";
import type { FrameWriter } from "./frame-writer.js";
import { kind, malformed, messageCost, streamWindow, writeU32 } from "./protocol.js";

/** What a stream asks of its connection. */
export interface StreamConnection {
  readonly frames: FrameWriter;
  /** Bytes of the largest body that the peer takes. */
  readonly peerTakesBytes: number;
  /** What this side is called in errors. */
  readonly speaker: string;
  /** {@link LaneStream.end}; how depends on the side. */
  end(number: number): void;
  /** {@link LaneStream.leave}. */
  leave(number: number): void;
}

/** A stream over frames: who uses it, and what each side allows the other. */
export class FrameStream<User extends LaneStreamUser = LaneStreamUser> implements LaneStream {
  over = false;
  /** The call's number. */
  number = 0;
  /** Set before anything comes. */
  user!: User;
  /** Bytes that may still be sent. */
  #window = streamWindow;
  /** Bytes that the peer may still send. */
  #allowance = streamWindow;
  /** Bytes that were read and not granted again. */
  #taken = 0;
  /** The write that the last message went into, by the writer's count. */
  #laidIn = -1;
  /** The peer said that it sends nothing more. */
  #finished = false;

  constructor(private readonly connection: StreamConnection) {}

  get ready(): boolean {
    return this.#window > 0;
  }

  send(writer: BodyWriter, value: unknown): void {
    if (this.over) return;
    const { frames, peerTakesBytes, speaker } = this.connection;
    const at = frames.reserve(writer.room(value));
    const end = writer.write(value, frames.buffer, at);
    const bytes = end - at;
    if (bytes > peerTakesBytes) throw messageTooLarge(speaker, bytes, peerTakesBytes);
    this.#window -= bytes + messageCost;
    const first = this.#laidIn !== frames.writes;
    this.#laidIn = frames.writes;
    frames.commitMessage(this.number, end, first);
  }

  /** Sends a message that is written already. */
  sendBytes(body: Uint8Array): void {
    if (this.over) return;
    this.#window -= body.length + messageCost;
    this.connection.frames.frame(kind.data, this.number, body);
  }

  end(): void {
    if (!this.over) this.connection.end(this.number);
  }

  leave(): void {
    if (this.over) return;
    this.over = true;
    this.connection.leave(this.number);
  }

  took(bytes: number): void {
    this.#taken += bytes + messageCost;
    if (this.#taken * 2 < streamWindow || this.over || this.#finished) return;
    const { frames } = this.connection;
    const at = frames.reserve(4);
    writeU32(frames.buffer, at, this.#taken);
    frames.commit(kind.credit, this.number, at + 4);
    this.#allowance += this.#taken;
    this.#taken = 0;
  }

  /** A message came. @throws BadRequest `frames.malformed` for one that the peer was not allowed to send. */
  data(bytes: Buffer, start: number, end: number): void {
    if (this.#finished) throw malformed("a message after the end of its stream");
    if (this.#allowance <= 0) throw malformed("more messages of a stream than were allowed");
    this.#allowance -= end - start + messageCost;
    this.user.message(bytes, start, end);
  }

  /** The peer half closed. @throws BadRequest `frames.malformed` when it had before. */
  finish(): void {
    if (this.#finished) throw malformed("a stream was ended twice");
    this.#finished = true;
    this.user.ended();
  }

  /** The peer allows so many bytes more. */
  allow(bytes: number): void {
    const held = this.#window <= 0;
    this.#window += bytes;
    if (held && this.#window > 0) this.user.credit();
  }

  /** It broke, or the peer left it. */
  lost(error: RpcError): void {
    if (this.over) return;
    this.over = true;
    this.user.lost(error);
  }
}
