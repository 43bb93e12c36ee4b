import type { RpcError } from "../base/error.js";

/** Whether a peer has said hello: it comes once, or never. */
export class Welcome {
  given!: () => void;
  #refuse!: (error: RpcError) => void;
  /** Rejects when the connection ends first; as nothing was sent, that is safe to retry. */
  readonly come = new Promise<void>((resolve, reject) => {
    this.given = resolve;
    this.#refuse = reject;
  });

  constructor() {
    this.come.catch(() => {});
  }

  refused(error: RpcError): void {
    this.#refuse(asSafe(error));
  }
}

/** The same error, of something that was not begun. */
const asSafe = (error: RpcError): RpcError =>
  error.retry === undefined
    ? (Object.create(error, { retry: { value: "safe", enumerable: true } }) as RpcError)
    : error;
