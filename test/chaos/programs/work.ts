import { Handler, Service, type Context } from "plugboard";
import { pause } from "../support/pause.js";
import { Journal } from "./journal.js";
import { Pace } from "./pace.js";
import { StreamLedger } from "./stream-ledger.js";
import { variable } from "./variables.js";

/** A piece of work, by its number. */
export interface Task {
  readonly id: string;
}

/** Who has done it. */
export interface Done {
  readonly id: string;
  readonly node: string;
}

/** What is called in the scenarios: a handler of each kind. */
@Service({ name: "work" })
export class Work {
  readonly #node = variable("MICRO_SERVER_ID");

  constructor(
    private readonly pace: Pace,
    private readonly journal: Journal,
    private readonly ledger: StreamLedger,
  ) {}

  @Handler({ idempotent: true })
  async read({ id }: Task): Promise<Done> {
    await this.pace.take();
    return { id, node: this.#node };
  }

  /** Not idempotent. Leaves a line before anything else, so that a second run shows. */
  @Handler()
  async write({ id }: Task): Promise<Done> {
    this.journal.write("write", id);
    await this.pace.take();
    return { id, node: this.#node };
  }

  /** A stream of replies until nobody listens. */
  @Handler()
  async *follow({ id }: Task, { signal }: Context): AsyncIterable<Done> {
    this.ledger.begin();
    try {
      for (;;) {
        yield { id, node: this.#node };
        await pause(100, signal);
      }
    } finally {
      this.ledger.end();
    }
  }

  /** Takes requests until there are no more. */
  @Handler()
  async collect(tasks: AsyncIterable<Task>): Promise<Done> {
    let last = "";
    this.ledger.begin();
    try {
      for await (const { id } of tasks) last = id;
      return { id: last, node: this.#node };
    } finally {
      this.ledger.end();
    }
  }

  /** Answers each request as it comes. */
  @Handler()
  async *echo(tasks: AsyncIterable<Task>): AsyncIterable<Done> {
    this.ledger.begin();
    try {
      for await (const { id } of tasks) yield { id, node: this.#node };
    } finally {
      this.ledger.end();
    }
  }
}
