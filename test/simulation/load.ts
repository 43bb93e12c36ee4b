import type { TestCluster } from "../testing/test-cluster.js";
import type { Book, CallKind } from "./book.js";
import type { Dice } from "./dice.js";
import { FrontClient, LedgerClient, PlacedPublisher, type Piece } from "./services.js";

const kinds: readonly CallKind[] = ["record", "read", "place", "tail", "total", "echo"];

/** Names of keys that events are ordered by. */
const keys = ["a", "b", "c"];

/** The calls and events of a simulation, made from the node `test` and noted in the book. */
export class Load {
  readonly #ledger: LedgerClient;
  readonly #front: FrontClient;
  readonly #placed: PlacedPublisher;
  #made = 0;

  constructor(
    private readonly cluster: TestCluster,
    private readonly book: Book,
    private readonly dice: Dice,
  ) {
    this.#ledger = cluster.client(LedgerClient);
    this.#front = cluster.client(FrontClient);
    this.#placed = cluster.publisher(PlacedPublisher);
  }

  /** Begins a call of any kind. Never throws. */
  call(timeoutMs: number, kind: CallKind = this.dice.one(kinds)): Promise<void> {
    const id = `${kind}-${++this.#made}`;
    const { clock } = this.cluster;
    const entry: Book["calls"][number] = { id, kind, startedAt: clock.now(), timeoutMs };
    this.book.calls.push(entry);
    return this.#make(kind, id, timeoutMs).then(
      (right) => {
        entry.endedAt = clock.now();
        entry.outcome = "ok";
        if (!right) entry.wrong = "the reply is another's, or not whole";
      },
      (error: unknown) => {
        entry.endedAt = clock.now();
        entry.outcome = reasonOf(error);
      },
    );
  }

  /** Resolves with whether the reply is the right one. */
  async #make(kind: CallKind, id: string, timeoutMs: number): Promise<boolean> {
    const { dice } = this;
    const workMs = dice.between(0, 40);
    const options = { timeoutMs };
    switch (kind) {
      case "record":
        return (await this.#ledger.record({ id, workMs }, options)).id === id;
      case "read":
        return (await this.#ledger.read({ id, workMs }, { ...options, retries: 3 })).id === id;
      case "place": {
        const failures = dice.one([0, 0, 0, 1, 2, 9]);
        const place = { id, key: dice.one(["p", "q"]) + id, workMs, failures };
        return (await this.#front.place(place, options)).id === id;
      }
      case "tail": {
        const n = dice.between(0, 6);
        return isWhole(await all(this.#ledger.tail({ id, n }, options)), id, n);
      }
      case "total": {
        const n = dice.between(1, 6);
        const total = await this.#ledger.total(pieces(id, n), options);
        return total.id === id && total.sum === (n * (n - 1)) / 2;
      }
      case "echo": {
        const n = dice.between(1, 6);
        return isWhole(await all(this.#ledger.echo(pieces(id, n), options)), id, n);
      }
    }
  }

  /** Publishes an event. Never throws. */
  async publish(): Promise<void> {
    const { dice } = this;
    const key = dice.one(keys);
    const entry = this.book.publishes(`event-${++this.#made}`, key);
    const failures = dice.one([0, 0, 0, 0, 1, 2, 9]);
    const event = { id: entry.id, failures, workMs: dice.between(0, 40) };
    await this.#placed.publish(event, { key }).then(
      () => (entry.acknowledged = true),
      () => undefined, // nobody has promised anything
    );
  }

  /** Which node answers an idempotent call. @throws what the call throws. */
  async ask(): Promise<string> {
    const { host } = await this.#ledger.read({ id: "ask", workMs: 0 }, { timeoutMs: 5_000 });
    return host;
  }
}

async function* pieces(id: string, count: number): AsyncGenerator<Piece> {
  for (let n = 0; n < count; n++) yield { id, n };
}

async function all(replies: AsyncIterable<Piece>): Promise<readonly Piece[]> {
  const got: Piece[] = [];
  for await (const piece of replies) got.push(piece);
  return got;
}

const isWhole = (got: readonly Piece[], id: string, count: number): boolean =>
  got.length === count && got.every((piece, n) => piece.id === id && piece.n === n);

function reasonOf(error: unknown): string {
  const { reason } = (error ?? {}) as { readonly reason?: unknown };
  return typeof reason === "string" ? reason : String(error);
}
