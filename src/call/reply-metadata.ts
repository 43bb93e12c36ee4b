import { InternalServerError } from "../base/errors.js";
import { newMetadata, toMetadata, type Metadata, type MutableMetadata } from "../base/metadata.js";
import { isOfTheProtocol } from "./headers.js";

/** Names that every protocol can carry. */
const legalName = /^[0-9a-z_.-]+$/;

/**
 * What a handler says beside its replies. Each part is given once, to whoever sends it: headers
 * before the first reply, trailers after the last.
 */
export class ReplyMetadata {
  readonly headers: MutableMetadata = newMetadata();
  readonly trailers: MutableMetadata = newMetadata();
  #headed = false;
  #ended = false;

  /**
   * The headers to send now; undefined when there are none, or they have gone.
   * @throws InternalServerError `transport.bad-header` for a name that cannot travel.
   */
  takeHeaders(): Metadata | undefined {
    if (this.#headed) return undefined;
    this.#headed = true;
    return sendable(this.headers, refuse);
  }

  /** The same for the trailers. */
  takeTrailers(): Metadata | undefined {
    if (this.#ended) return undefined;
    this.#ended = true;
    return sendable(this.trailers, refuse);
  }

  /** What is left to send with a failure. Names that cannot travel stay here. */
  takeForFailure(): { readonly headers?: Metadata; readonly trailers?: Metadata } {
    const headers = this.#headed ? undefined : sendable(this.headers);
    const trailers = this.#ended ? undefined : sendable(this.trailers);
    this.#headed = this.#ended = true;
    return { ...(headers && { headers }), ...(trailers && { trailers }) };
  }
}

/** Names in lower case, those of the protocols left out; undefined when nothing is left. */
function sendable(
  said: Metadata,
  illegal: (name: string) => void = () => undefined,
): Metadata | undefined {
  const metadata = newMetadata();
  let any = false;
  const all = toMetadata(said);
  for (const name in all) {
    if (isOfTheProtocol(name)) continue;
    if (!legalName.test(name)) {
      illegal(name);
      continue;
    }
    metadata[name] = all[name]!;
    any = true;
  }
  return any ? metadata : undefined;
}

function refuse(name: string): never {
  throw new InternalServerError(
    `${JSON.stringify(name)} cannot be the name of a reply's metadata; use letters, digits, "-", "_" and "."`,
    { reason: "transport.bad-header", retry: "never" },
  );
}
