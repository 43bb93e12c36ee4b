import type { Environment } from "../base/environment.js";
import type { MessageType } from "../codec/message-type.js";
import { messageTypes } from "../codec/message-types.js";
import type { Router } from "./router.js";
import type { HandlerDefinition, ServiceInfo } from "./server.js";

/** `Debug.Health` and `Debug.Stats` under go-micro's names and field numbers; served, never advertised. */
export function debugHandlers(
  service: ServiceInfo,
  router: Router,
  environment: Environment,
): readonly HandlerDefinition[] {
  const types = debugTypes();
  const started = environment.clock.now();
  const common = { service, internal: true, idempotent: true } as const;
  return [
    {
      ...common,
      endpoint: "Debug.Health",
      input: types.empty,
      output: types.health,
      handle: async () => Promise.resolve({ status: "ok" }),
    },
    {
      ...common,
      endpoint: "Debug.Stats",
      input: types.empty,
      output: types.stats,
      handle: async () => {
        const now = environment.clock.now();
        const { memoryBytes, gcMs } = environment.process.stats();
        let requests = 0;
        let errors = 0;
        for (const route of router.routes()) {
          requests += route.load.requests;
          errors += route.load.errors;
        }
        return Promise.resolve({
          timestamp: Math.floor(now / 1_000),
          started: Math.floor(started / 1_000),
          uptime: Math.floor((now - started) / 1_000),
          memory: memoryBytes,
          threads: 1,
          gc: Math.round(gcMs * 1_000_000),
          requests,
          errors,
        });
      },
    },
  ];
}

/** Source of names and numbers: debug/service/proto/debug.proto of go-micro v2.9.1. */
function debugTypes(): {
  readonly empty: MessageType;
  readonly health: MessageType;
  readonly stats: MessageType;
} {
  const counters = [
    "timestamp",
    "started",
    "uptime",
    "memory",
    "threads",
    "gc",
    "requests",
    "errors",
  ];
  const types = messageTypes({
    messages: {
      HealthRequest: [{ name: "service", number: 1, type: "string" }],
      HealthResponse: [{ name: "status", number: 1, type: "string" }],
      StatsResponse: counters.map((name, index) => ({ name, number: index + 1, type: "uint64" })),
    },
  });
  return { empty: types.HealthRequest, health: types.HealthResponse, stats: types.StatsResponse };
}
