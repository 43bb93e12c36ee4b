import { newMetadata, type Metadata, type MutableMetadata } from "../base/metadata.js";
import { header } from "../call/headers.js";
import type { LaneReplies, LaneRequest, LaneRoute } from "../transport/lane.js";
import { writeMetadata, type MetadataReader } from "./metadata-block.js";
import { callFlag, malformed, readU16, readU32, writeU16, writeU32 } from "./protocol.js";

/** Metadata that the peer knows without being told again. */
export interface KnownMetadata {
  readonly name: string;
  readonly value: string;
}

/** Bytes that a head takes at most, its metadata not counted. */
export const headRoom = 12;

/** Most bytes of metadata, which their length can tell. */
const maxMetadata = 65_535;

/** Lays a head at `at`; answers where the body begins. @throws BadRequest for too much metadata. */
export function writeCallHead(
  buffer: Buffer,
  at: number,
  route: number,
  /** Milliseconds until the deadline; Infinity without one. */
  timeoutMs: number,
  attempt: number,
  metadata: Metadata | undefined,
  known: KnownMetadata,
): number {
  const flagsAt = at + 2;
  let flags = 0;
  writeU16(buffer, at, route);
  at += 3;
  if (timeoutMs !== Number.POSITIVE_INFINITY) {
    flags = callFlag.timeout;
    // At least one, since the peer takes 0 for over.
    writeU32(buffer, at, Math.min(0xffff_ffff, Math.max(1, Math.ceil(timeoutMs))));
    at += 4;
  }
  if (attempt > 1) {
    flags |= callFlag.attempt;
    buffer[at++] = Math.min(attempt, 255);
  }
  if (metadata) {
    flags |= callFlag.metadata;
    const end = writeMetadata(metadata, buffer, at + 2, known);
    if (end - at - 2 > maxMetadata) throw malformed(`${end - at} bytes of metadata`);
    writeU16(buffer, at, end - at - 2);
    at = end;
  }
  buffer[flagsAt] = flags;
  return at;
}

/** A call as it came. */
export class CallFrame implements LaneRequest {
  readonly route: number;
  readonly timeoutMs: number;
  readonly attempt: number;
  private readonly metadataStart: number;
  private readonly metadataEnd: number;
  /** The metadata, where it is not left in `bytes`. */
  private kept: Buffer | undefined;

  /** @throws BadRequest `frames.malformed`. */
  constructor(
    readonly replies: LaneReplies & { readonly metadata: MetadataReader },
    readonly number: number,
    readonly bytes: Buffer,
    start: number,
    readonly bodyEnd: number,
  ) {
    if (bodyEnd - start < 3) throw cutOff();
    this.route = readU16(bytes, start);
    const flags = bytes[start + 2]!;
    let at = start + 3;
    let timeoutMs = Number.POSITIVE_INFINITY;
    if (flags & callFlag.timeout) {
      if (at + 4 > bodyEnd) throw cutOff();
      timeoutMs = readU32(bytes, at);
      at += 4;
    }
    this.timeoutMs = timeoutMs;
    let attempt = 1;
    if (flags & callFlag.attempt) {
      if (at >= bodyEnd) throw cutOff();
      attempt = Math.max(1, bytes[at++]!);
    }
    this.attempt = attempt;
    this.metadataStart = at;
    if (flags & callFlag.metadata) {
      if (at + 2 > bodyEnd) throw cutOff();
      this.metadataStart = at + 2;
      at = at + 2 + readU16(bytes, at);
      if (at > bodyEnd) throw cutOff();
    }
    this.metadataEnd = at;
  }

  /** Bytes of metadata. */
  get metadataBytes(): number {
    return this.metadataEnd - this.metadataStart;
  }

  /** For `bytes` that will be used again before somebody asks for the metadata. */
  keepMetadata(): void {
    if (this.metadataBytes > 0)
      this.kept = Buffer.from(this.bytes.subarray(this.metadataStart, this.metadataEnd));
  }

  /** The names that mucp's messages say each time are known here without being sent. */
  readMetadata({ service, endpoint }: LaneRoute): MutableMetadata {
    const { replies, bytes, metadataStart, metadataEnd, kept } = this;
    const metadata = newMetadata();
    if (replies.from) metadata[header.fromService] = replies.from;
    if (kept) replies.metadata.read(kept, 0, kept.length, metadata);
    else if (metadataEnd > metadataStart)
      replies.metadata.read(bytes, metadataStart, metadataEnd, metadata);
    metadata[header.service] = service;
    metadata[header.endpoint] = metadata[header.method] = endpoint;
    metadata[header.id] = String(this.number);
    return metadata;
  }

  get bodyStart(): number {
    return this.metadataEnd;
  }
}

const cutOff = (): Error => malformed("a call is cut off");
