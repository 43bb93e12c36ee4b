import type { IncomingHttpHeaders } from "node:http";
import { OptionError } from "../../../src/spi.js";

/** Which pages of other origins may call from a browser. */
export interface CorsOptions {
  /** Origins such as `https://shop.example`; `*` for any. */
  readonly origins: readonly string[];
  /** Lets them send cookies and credentials. Default false; not with `*`. */
  readonly credentials?: boolean;
  /** Seconds that a browser may remember the answer to its question. Default 600. */
  readonly maxAgeSeconds?: number;
}

/** Headers of an answer. */
export type Headers = Record<string, string>;

const names = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;

/** What browsers are told about calls from pages of other origins. */
export class Cors {
  readonly #origins: ReadonlySet<string>;
  readonly #credentials: boolean;
  readonly #maxAge: string;

  /** @throws OptionError for an origin that is none, and for credentials with `*`. */
  constructor({ origins, credentials = false, maxAgeSeconds = 600 }: CorsOptions) {
    for (const origin of origins) {
      if (origin !== "*" && !isOrigin(origin))
        throw new OptionError(
          `httpServer.cors.origins must be origins such as https://shop.example, got ${JSON.stringify(origin)}`,
        );
    }
    if (credentials && origins.includes("*"))
      throw new OptionError("httpServer.cors.credentials needs origins by name, not *");
    if (!Number.isSafeInteger(maxAgeSeconds) || maxAgeSeconds < 0)
      throw new OptionError(
        `httpServer.cors.maxAgeSeconds must be a whole number, 0 or more, got ${maxAgeSeconds}`,
      );
    this.#origins = new Set(origins);
    this.#credentials = credentials;
    this.#maxAge = String(maxAgeSeconds);
  }

  /** What every answer says. */
  headers({ origin }: IncomingHttpHeaders): Headers {
    if (this.#origins.has("*")) return { "access-control-allow-origin": "*", ...exposed };
    const vary = { vary: "Origin" };
    if (origin === undefined || !this.#origins.has(origin)) return vary;
    return {
      ...vary,
      "access-control-allow-origin": origin,
      ...exposed,
      ...(this.#credentials && { "access-control-allow-credentials": "true" }),
    };
  }

  /** What the answer to a preflight says besides. */
  preflight(headers: IncomingHttpHeaders): Headers {
    const told = this.headers(headers);
    if (!told["access-control-allow-origin"]) return {};
    const asked = headers["access-control-request-headers"] ?? "";
    return {
      "access-control-allow-methods": "POST",
      ...(names.test(asked) && { "access-control-allow-headers": asked }),
      "access-control-max-age": this.#maxAge,
      vary: "Origin, Access-Control-Request-Headers",
    };
  }
}

const exposed = { "access-control-expose-headers": "Retry-After" };

function isOrigin(text: string): boolean {
  try {
    const { origin, protocol } = new URL(text);
    return origin === text && (protocol === "http:" || protocol === "https:");
  } catch {
    return false;
  }
}
