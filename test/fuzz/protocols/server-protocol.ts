import type { Chance } from "../chance.js";

/** What an attacker knows of the door that it stands before. */
export interface Door {
  readonly port: number;
  /** Id of the subscription, where the door is a broker's. */
  readonly subscription?: string;
}

/** A mutated exchange. */
export interface Input {
  readonly bytes: Buffer;
  /** It begins its connection itself, instead of coming after what was said before. */
  readonly fresh?: boolean;
}

/** A valid question, and bytes that come back once everything before it has been looked at. */
export interface Probe {
  readonly bytes: Buffer;
  readonly mark: Buffer;
}

/** How the server of a protocol is attacked over TCP. */
export interface ServerProtocol {
  /** What opens a connection; left out where nothing does. */
  readonly opening?: Buffer;
  /** What the server says before it listens to nothing more; left out where it closes. */
  readonly farewell?: Buffer;
  /** The mutated exchange of an index; the same each time for the same `chance`. */
  input(chance: Chance, index: number, door: Door): Input;
  probe(index: number, door: Door): Probe;
}
