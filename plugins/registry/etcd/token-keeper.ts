/**
 * The token that a user's calls carry. One is got at a time and shared by all clients: every member
 * of etcd takes it, and checking a password costs etcd a tenth of a second of work.
 */
export class TokenKeeper {
  #token: Promise<string | undefined> | undefined;
  #waiting = false;

  /** What {@link get} gives now. */
  get current(): Promise<string | undefined> | undefined {
    return this.#token;
  }

  /** Whether etcd has been asked and has not answered. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** The token, or a new one from `authenticate`; undefined where etcd wants none. */
  get(authenticate: () => Promise<string | undefined>): Promise<string | undefined> {
    if (this.#token) return this.#token;
    const token = authenticate();
    this.#token = token;
    this.#waiting = true;
    const answered = (): void => {
      this.#waiting = false;
    };
    token.then(answered, () => {
      answered();
      this.forget(token);
    });
    return token;
  }

  /** Drops a token that was refused, if it is still the current one. */
  forget(token: Promise<string | undefined> | undefined): void {
    if (this.#token === token) this.#token = undefined;
  }
}
