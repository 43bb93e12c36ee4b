import { Client, Conflict, Handler, NotFound, Service } from "plugboard";

/** An error class of one's own: a stable type finds it again at the caller. */
export class OutOfStock extends Conflict {
  static override readonly type = "shop.OutOfStock";

  constructor(
    readonly sku: string,
    readonly left: number,
  ) {
    super(`only ${left} of ${sku} left`, { data: { sku, left }, retry: "never" });
  }
}

@Service({ name: "stock" })
export class Stock {
  readonly #left = new Map([["tea", 2]]);

  @Handler()
  async take(request: { sku: string; amount: number }): Promise<{ left: number }> {
    const left = this.#left.get(request.sku);
    if (left === undefined) throw new NotFound(`no article ${request.sku}`);
    if (left < request.amount) throw new OutOfStock(request.sku, left);
    this.#left.set(request.sku, left - request.amount);
    return { left: left - request.amount };
  }

  @Handler()
  async audit(): Promise<{ ok: boolean }> {
    // Not an RpcError: hidden from callers, who get a number that stands in the log beside this text.
    throw new Error("password of the ledger is wrong");
  }
}

// `errors` lists the classes to restore; others arrive as the class of their code, data kept.
export class StockClient extends Client<Stock>("stock", { errors: [OutOfStock] }) {}
