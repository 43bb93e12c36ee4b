import { LatencyWindow } from "./latency-window.js";

/** Endpoints remembered; the oldest makes room. */
const mostEndpoints = 1_000;

/** The latencies of the endpoints that a client calls. */
export class EndpointLatencies {
  readonly #windows = new Map<string, LatencyWindow>();

  /** Those of one endpoint. */
  of(service: string, endpoint: string): LatencyWindow {
    const name = `${service} ${endpoint}`;
    let window = this.#windows.get(name);
    if (!window) {
      const [oldest] = this.#windows.keys();
      if (this.#windows.size >= mostEndpoints && oldest !== undefined) this.#windows.delete(oldest);
      this.#windows.set(name, (window = new LatencyWindow()));
    }
    return window;
  }
}
