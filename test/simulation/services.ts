import {
  Client,
  ContextValue,
  Handler,
  inject,
  Module,
  Publisher,
  Service,
  Subscribe,
  topic,
  type Context,
  type Environment,
  type Event,
  type Interceptor,
  type Plugins,
} from "../../index.js";
import type { ModuleClass } from "../testing/cluster-node.js";
import { Book } from "./book.js";

/** An event of the load. */
export interface PlacedEvent {
  readonly id: string;
  /** Tries that fail; more than there are tries make it a dead letter. */
  readonly failures: number;
  readonly workMs: number;
}

export const Placed = topic<PlacedEvent>("placed");
export class PlacedPublisher extends Publisher(Placed) {}

/** Where each group puts what it gives up. */
export const deadLetters = {
  billing: topic<PlacedEvent>("placed.dead-letter"),
  audit: topic<PlacedEvent>("audit.dead-letter"),
} as const;

/** The world that a handler runs in. */
const World = new ContextValue<Environment>();

/** Tells handlers which world they are in. */
export const tellWorld: Interceptor = (next, environment) => (call) => {
  World.set(call.context, environment);
  return next(call);
};

const worldOf = (context: Context): Environment => World.get(context)!;
const hostOf = (context: Context): string => worldOf(context).network.hostname();
const work = (context: Context, ms: number): Promise<void> =>
  new Promise((resolve) => worldOf(context).timers.after(ms, resolve));

/** A request that is known by its id and takes a while. */
export interface Work {
  readonly id: string;
  readonly workMs: number;
}
/** A request for a stream, or a piece of one. */
export interface Piece {
  readonly id: string;
  readonly n: number;
}

@Service({ name: "ledger" })
export class Ledger {
  readonly #book = inject(Book);

  @Handler()
  async record({ id, workMs }: Work, context: Context): Promise<{ id: string }> {
    this.#book.ran(id, hostOf(context));
    await work(context, workMs);
    return { id };
  }

  @Handler({ idempotent: true })
  async read({ id, workMs }: Work, context: Context): Promise<{ id: string; host: string }> {
    await work(context, workMs);
    return { id, host: hostOf(context) };
  }

  @Handler()
  async *tail({ id, n }: Piece, context: Context): AsyncIterable<Piece> {
    this.#book.ran(id, hostOf(context));
    for (let number = 0; number < n; number++) {
      await work(context, 5);
      yield { id, n: number };
    }
  }

  @Handler()
  async total(
    pieces: AsyncIterable<Piece>,
    context: Context,
  ): Promise<{ id: string; sum: number }> {
    let [id, sum] = ["", 0];
    for await (const piece of pieces) {
      if (!id) this.#book.ran(piece.id, hostOf(context));
      id = piece.id;
      sum += piece.n;
    }
    return { id, sum };
  }

  @Handler()
  async *echo(pieces: AsyncIterable<Piece>, context: Context): AsyncIterable<Piece> {
    let first = true;
    for await (const piece of pieces) {
      if (first) this.#book.ran(piece.id, hostOf(context));
      first = false;
      yield piece;
    }
  }
}
export class LedgerClient extends Client<Ledger>("ledger") {}

/** What is placed: recorded by a call, then told by an event. */
export interface Place extends Work {
  readonly key: string;
  readonly failures: number;
}

@Service({ name: "front" })
export class Front {
  readonly #book = inject(Book);
  readonly #ledger = inject(LedgerClient);
  readonly #placed = inject(PlacedPublisher);

  @Handler()
  async place({ id, key, workMs, failures }: Place, context: Context): Promise<{ id: string }> {
    this.#book.ran(id, hostOf(context));
    await this.#ledger.record({ id: `${id}/record`, workMs });
    const entry = this.#book.publishes(`${id}/event`, key);
    await this.#placed.publish({ id: entry.id, failures, workMs }, { key });
    entry.acknowledged = true;
    return { id };
  }
}
export class FrontClient extends Client<Front>("front") {}

@Service({ name: "billing" })
export class Billing {
  readonly #book = inject(Book);

  @Subscribe(Placed, {
    group: "billing",
    concurrency: 4,
    retry: { attempts: 4, backoffMs: 100 },
    deadLetter: true,
  })
  async bill({ data, attempt, context }: Event<PlacedEvent>): Promise<void> {
    this.#book.begins("billing", data.id);
    await work(context, data.workMs);
    if (attempt <= data.failures) throw new Error("not yet");
    this.#book.handled("billing", data.id);
  }

  @Subscribe(Placed, {
    group: "audit",
    retry: { attempts: 4, backoffMs: 50 },
    deadLetter: deadLetters.audit.name,
  })
  async audit({ data, context }: Event<PlacedEvent>): Promise<void> {
    this.#book.begins("audit", data.id);
    await work(context, data.workMs);
    this.#book.handled("audit", data.id);
  }
}

/** The services that a simulation starts, deploys and crashes. */
export type Role = "ledger" | "front" | "billing";

/** A module for each role, with one book for all. */
export function roleModules(book: Book, plugins: Plugins): Readonly<Record<Role, ModuleClass>> {
  const common = {
    providers: [{ provide: Book, useValue: book }],
    interceptors: [tellWorld],
    plugins,
  };
  @Module({ ...common, services: [Ledger] })
  class LedgerModule {}
  @Module({ ...common, services: [Front] })
  class FrontModule {}
  @Module({ ...common, services: [Billing] })
  class BillingModule {}
  return { ledger: LedgerModule, front: FrontModule, billing: BillingModule };
}
