import type { Chance } from "../chance.js";

/** How the client of a protocol is attacked by who answers it. */
export interface ClientProtocol {
  /** What the server says first, before it was asked anything; left out where it waits. */
  readonly opening?: Buffer;
  /**
   * What of `asked`, everything that came on the connection and was not answered, wants an answer of its
   * own; empty when nothing does yet.
   */
  requests(asked: Buffer): readonly Asked[];
  /** The mutated answer of an index to a request. */
  answer(chance: Chance, request: Asked): Buffer;
}

/** One request, as far as the attacker reads it. */
export interface Asked {
  /** Call or stream that the protocol gave it; 0 where there is one at a time. */
  readonly number: number;
}
