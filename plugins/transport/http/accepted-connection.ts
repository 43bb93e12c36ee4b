import { FrameServer, preface, type Connection, type FrameServerParts } from "../../../src/spi.js";
import { ServerConnection, type ServerConnectionParts } from "./server-connection.js";

/** What an {@link AcceptedConnection} works with. */
export interface AcceptedConnectionParts extends Omit<ServerConnectionParts, "onClosed"> {
  /** What frames need; undefined where they are not taken. */
  readonly frames: Omit<FrameServerParts, "onClosed"> | undefined;
  /** Called once when the connection is gone. */
  readonly onClosed: (connection: AcceptedConnection) => void;
}

/** A connection from outside: the first bytes tell whether it speaks HTTP or frames. */
export class AcceptedConnection {
  private target: ServerConnection | FrameServer;
  /** What came while the first bytes could still be both. */
  private undecided: Uint8Array | undefined = new Uint8Array(0);
  private retiring = false;

  constructor(
    private readonly connection: Connection,
    private readonly parts: AcceptedConnectionParts,
  ) {
    this.target = new ServerConnection(connection, {
      ...parts,
      onClosed: () => parts.onClosed(this),
    });
    connection.listen({
      data: (bytes) => this.data(bytes),
      drain: () => this.target.drained(),
      end: () => this.target.peerEnded(),
      close: (error) => this.target.gone(error),
    });
  }

  /** The frames' side of it, if it speaks frames. */
  get frames(): FrameServer | undefined {
    return this.target instanceof FrameServer ? this.target : undefined;
  }

  /** Takes no new calls, and closes when none is open. Resolves when the peer knows, if it can be told. */
  async retire(): Promise<void> {
    this.retiring = true;
    await this.target.retire();
  }

  /** Closes at once. */
  destroy(): void {
    this.target.destroy();
  }

  private data(bytes: Uint8Array): void {
    if (this.undecided === undefined) {
      this.target.data(bytes);
      return;
    }
    const came = this.undecided.length === 0 ? bytes : Buffer.concat([this.undecided, bytes]);
    const { frames } = this.parts;
    const same = Math.min(came.length, preface.length);
    const begins = frames && preface.every((byte, index) => index >= same || came[index] === byte);
    if (begins && came.length < preface.length) {
      this.undecided = came;
      return;
    }
    this.undecided = undefined;
    if (begins) this.speakFrames(frames, came.subarray(preface.length));
    else this.target.data(came);
  }

  private speakFrames(frames: Omit<FrameServerParts, "onClosed">, first: Uint8Array): void {
    if (this.target instanceof ServerConnection) this.target.leave();
    const onClosed = (): void => this.parts.onClosed(this);
    const target = (this.target = new FrameServer(this.connection, { ...frames, onClosed }));
    target.data(first);
    if (this.retiring) void target.retire();
  }
}
