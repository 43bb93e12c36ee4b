import { Chance } from "../chance.js";
import type { Door, Probe, ServerProtocol } from "../protocols/server-protocol.js";
import { inPieces } from "../wire/pieces.js";
import type { AttackSocket } from "./attack-socket.js";
import type { Inputs } from "./inputs.js";
import type { Patience } from "./patience.js";

/** What the lanes of an attack share. */
export interface LaneParts {
  readonly protocol: ServerProtocol;
  readonly door: Door;
  readonly seed: number;
  readonly inputs: Inputs;
  readonly patience: Patience;
  /** Makes the connection of an input. */
  readonly connect: (index: number) => AttackSocket;
  readonly counts: LaneCounts;
}

/** What came of inputs. */
export interface LaneCounts {
  connections: number;
  answered: number;
  closed: number;
  left: number;
}

interface Sent {
  readonly index: number;
  readonly mark: Buffer;
  readonly at: number;
}

/** Inputs that are on their way on one connection, each with a question after it. */
const mostUnderWay = 4;
/** Inputs that one connection carries at most. */
const mostEach = 400;
/** Longest mark, in bytes, that may be cut in two. */
const tailBytes = 64;

/**
 * One connection after the other. An input counts once the question after it was answered, or when it
 * is the first without an answer as the connection ends; those behind it are sent anew.
 */
export class Lane {
  #socket: AttackSocket | undefined;
  #carried = 0;
  #sent: Sent[] = [];
  /** Taken and not sent, or to be sent anew, first first. */
  #again: number[] = [];
  #tail: Buffer = Buffer.alloc(0);
  #ended = false;
  #endedAt = 0;
  #over = false;

  constructor(
    private readonly parts: LaneParts,
    private readonly finished: () => void,
  ) {}

  /** Sends as many inputs as may be on their way. */
  fill(): void {
    const { protocol, door, seed, inputs } = this.parts;
    while (!this.#ended && this.#sent.length < mostUnderWay) {
      const index = this.#again.shift() ?? inputs.take();
      if (index === undefined) {
        if (this.#sent.length === 0) this.#finish();
        return;
      }
      const chance = new Chance(seed, index);
      const { bytes, fresh = false } = protocol.input(chance, index, door);
      if ((fresh && this.#carried > 0) || this.#carried >= mostEach) {
        // It begins when those before it are done with.
        if (this.#sent.length > 0) {
          this.#again.unshift(index);
          return;
        }
        this.#drop();
      }
      const opens = this.#socket === undefined;
      const socket = (this.#socket ??= this.#connect(index));
      if (opens && !fresh && protocol.opening) socket.write(protocol.opening);
      this.#carried++;
      this.#write(socket, inPieces(bytes, chance), protocol.probe(index, door), index);
    }
  }

  #write(socket: AttackSocket, pieces: readonly Buffer[], probe: Probe, index: number): void {
    for (const piece of pieces.slice(0, -1)) socket.write(piece);
    socket.write(Buffer.concat([pieces.at(-1) ?? Buffer.alloc(0), probe.bytes]));
    this.#sent.push({ index, mark: probe.mark, at: performance.now() });
  }

  /** Says that it sends nothing more where nothing was heard for too long, and then breaks off. */
  look(now: number): void {
    const [first] = this.#sent;
    if (!first) return;
    const { patience } = this.parts;
    if (this.#ended) {
      if (now - this.#endedAt > patience.ms) this.#close("left", false);
    } else if (now - first.at > patience.ms) {
      this.#ended = true;
      this.#endedAt = now;
      this.#socket?.end();
    }
  }

  #connect(index: number): AttackSocket {
    this.parts.counts.connections++;
    this.#carried = 0;
    this.#ended = false;
    this.#tail = Buffer.alloc(0);
    const socket = this.parts.connect(index);
    const over = (): void => {
      if (this.#socket === socket) this.#close(this.#ended ? "left" : "closed");
    };
    socket.on("data", (bytes) => {
      if (this.#socket === socket) this.#heard(bytes);
    });
    socket.on("error", (error) => {
      // Nobody listens any more: what was sent was not looked at.
      if (error.code === "ECONNREFUSED" && this.#socket === socket) this.#finish();
    });
    socket.on("end", over);
    socket.on("close", over);
    return socket;
  }

  #heard(bytes: Buffer): void {
    const came = this.#tail.length > 0 ? Buffer.concat([this.#tail, bytes]) : bytes;
    const answered = this.#sent.filter(({ mark }) => came.includes(mark));
    this.#tail = came.subarray(-tailBytes);
    const last = answered.at(-1);
    const { counts, inputs, patience, protocol } = this.parts;
    const over = protocol.farewell !== undefined && came.includes(protocol.farewell);
    if (!last) {
      if (over) this.#close("closed");
      return;
    }
    patience.learn(performance.now() - last.at);
    const before = this.#sent.splice(0, this.#sent.indexOf(last) + 1);
    const unanswered = before.filter((sent) => !answered.includes(sent));
    // The first of them swallowed the others.
    const [swallowed, ...others] = unanswered;
    for (const { index } of answered) inputs.finish(index);
    counts.answered += answered.length;
    if (swallowed) {
      counts.left++;
      inputs.finish(swallowed.index);
    }
    if (others.length > 0 || this.#ended) this.#restart(others.map(({ index }) => index));
    else if (over) this.#close("closed");
    else this.fill();
  }

  /** The connection is over: the first input without an answer did that. */
  #close(how: "closed" | "left", heard = true): void {
    const { counts, inputs, patience } = this.parts;
    const first = this.#sent.shift();
    if (first) {
      counts[how]++;
      inputs.finish(first.index);
      // What was waited for in vain says nothing of how fast the server is.
      if (heard) patience.learn(performance.now() - (this.#ended ? this.#endedAt : first.at));
    }
    this.#restart([]);
  }

  /** Leaves the connection, and sends what is not done with on another. */
  #restart(swallowed: readonly number[]): void {
    this.#again = [...swallowed, ...this.#sent.map(({ index }) => index), ...this.#again];
    this.#sent = [];
    this.#drop();
    setImmediate(() => {
      if (!this.#over) this.fill();
    });
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.parts.inputs.stop();
    this.#drop();
    this.finished();
  }

  /** Resets, so that no port waits for what cannot come. */
  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#ended = false;
    this.#carried = 0;
    socket?.resetAndDestroy();
  }
}
