import type { ErrorCode } from "./error-code.js";
import { RpcError, type RpcErrorOptions } from "./error.js";

/** 400: the caller sent something that cannot be right. */
export class BadRequest extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(400, detail, options);
  }
}
/** 401: the caller did not say who it is. */
export class Unauthorized extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(401, detail, options);
  }
}
/** 403: the caller is known and may not. */
export class Forbidden extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(403, detail, options);
  }
}
/** 404: no such thing, service or endpoint. */
export class NotFound extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(404, detail, options);
  }
}
/** 405: the endpoint exists and cannot be called this way. */
export class MethodNotAllowed extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(405, detail, options);
  }
}
/** 408: the deadline passed. */
export class Timeout extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(408, detail, options);
  }
}
/** 409: the state of things does not allow it. */
export class Conflict extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(409, detail, options);
  }
}
/** 413: the message is larger than the limit. */
export class ContentTooLarge extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(413, detail, options);
  }
}
/** 415: nobody here reads or writes this content type. */
export class UnsupportedMediaType extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(415, detail, options);
  }
}
/** 429: over a limit; try later. */
export class TooManyRequests extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(429, detail, options);
  }
}
/** 499: the caller cancelled. */
export class Canceled extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(499, detail, options);
  }
}
/** 500: something went wrong that the caller cannot help. */
export class InternalServerError extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(500, detail, options);
  }
}
/** 501: known, and not built. */
export class NotImplemented extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(501, detail, options);
  }
}
/** 503: cannot be served now: no node, draining, overloaded, connection lost. */
export class Unavailable extends RpcError {
  constructor(detail: string, options?: RpcErrorOptions) {
    super(503, detail, options);
  }
}

const byCode: Partial<
  Record<ErrorCode, new (detail: string, options?: RpcErrorOptions) => RpcError>
> = {
  400: BadRequest,
  401: Unauthorized,
  403: Forbidden,
  404: NotFound,
  405: MethodNotAllowed,
  408: Timeout,
  409: Conflict,
  413: ContentTooLarge,
  415: UnsupportedMediaType,
  429: TooManyRequests,
  499: Canceled,
  500: InternalServerError,
  501: NotImplemented,
  503: Unavailable,
};

/** The class of a code, `RpcError` itself for codes without one of their own. */
export function rpcError(code: ErrorCode, detail: string, options?: RpcErrorOptions): RpcError {
  const Class = byCode[code];
  return Class ? new Class(detail, options) : new RpcError(code, detail, options);
}
