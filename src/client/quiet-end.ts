import type { Timer, Timers } from "../base/environment.js";

/** Milliseconds of silence that end a stream: after a reply, and when there was none. */
const afterReplyMs = 1_000;
const afterNothingMs = 5_000;

/**
 * Tells when a stream to a go-micro server is over after our last request. Such a server answers our
 * end of stream with none of its own, and neither closes the connection: mucp has no half close. So
 * silence has to do.
 */
export class QuietEnd {
  /** Silence has ended the stream. */
  over = false;
  #ended = false;
  #replied = false;
  #timer: Timer | undefined;

  /** `end` is called once, when the stream is over. */
  constructor(
    private readonly timers: Timers,
    private readonly end: () => void,
  ) {}

  /** The last request has been sent. */
  requestsEnded(): void {
    this.#ended = true;
    this.#wait();
  }

  /** A reply has come. */
  replied(): void {
    this.#replied = true;
    if (this.#ended) this.#wait();
  }

  /** Nothing is waited for any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#ended = false;
  }

  #wait(): void {
    this.#timer?.cancel();
    this.#timer = this.timers.after(this.#replied ? afterReplyMs : afterNothingMs, () => {
      this.over = true;
      this.end();
    });
  }
}
