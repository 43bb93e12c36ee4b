/** What a handler has in hand and has done. Servers of one process that serve it together share it. */
export interface HandlerLoad {
  /** Calls being served. */
  running: number;
  /** Calls served and calls failed, for `Debug.Stats`. */
  requests: number;
  errors: number;
}

/** Nothing in hand, nothing done. */
export const newHandlerLoad = (): HandlerLoad => ({ running: 0, requests: 0, errors: 0 });
