import { Unavailable } from "../base/errors.js";
import type { Metadata } from "../base/metadata.js";
import type { Message } from "../transport/transport.js";
import type { Attempt, Outcome, Started } from "./carrier.js";
import { hearMessage } from "./hear-message.js";
import type { Lease } from "./pool.js";

/** What is written and read for one attempt. */
interface Exchange {
  readonly headers: Metadata;
  read(message: Message): unknown;
}

/** One unary attempt on its way over a channel of its own. */
export class SocketAttempt implements Started {
  #over = false;

  constructor(
    private readonly attempt: Attempt,
    private readonly exchange: Exchange,
    private readonly lease: Lease,
    private readonly outcome: Outcome,
  ) {}

  send(body: Uint8Array): this {
    const { socket } = this.lease;
    const failed = (error: unknown): void => this.#failed(error);
    socket.send({ headers: this.exchange.headers, body }).catch(failed);
    socket.recv().then((message) => this.#received(message), failed);
    return this;
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.lease.release(true);
  }

  #received(message: Message | undefined): void {
    if (this.#over) return;
    if (!message) {
      this.#failed(lostAnswer(this.attempt));
      return;
    }
    this.#over = true;
    this.lease.release(false);
    const { heard } = this.attempt;
    if (heard) hearMessage(heard, message.headers);
    let reply: unknown;
    try {
      reply = this.exchange.read(message);
    } catch (error) {
      this.outcome.failed(error);
      return;
    }
    this.outcome.replied(reply);
  }

  #failed(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.lease.release(true);
    this.outcome.failed(error);
  }
}

/** Says that a channel ended before the answer came. */
export const lostAnswer = ({ service, shape, node }: Attempt): Unavailable =>
  new Unavailable(
    `${service} ${shape.endpoint}: ${node.address} closed the connection without an answer`,
    { id: "plugboard.client", reason: "transport.closed" },
  );
