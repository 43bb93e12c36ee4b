import {
  messageTypes,
  NotFound,
  type Context,
  type HandlerDefinition,
  type Readiness,
  type Route,
} from "../../../src/spi.js";
import { protoServiceNames } from "./proto-services.js";

/** grpc/health/v1/health.proto. */
const types = messageTypes({
  enums: {
    "grpc.health.v1.HealthCheckResponse.ServingStatus": {
      UNKNOWN: 0,
      SERVING: 1,
      NOT_SERVING: 2,
      SERVICE_UNKNOWN: 3,
    },
  },
  messages: {
    "grpc.health.v1.HealthCheckRequest": [{ name: "service", number: 1, type: "string" }],
    "grpc.health.v1.HealthCheckResponse": [
      { name: "status", number: 1, type: "grpc.health.v1.HealthCheckResponse.ServingStatus" },
    ],
  },
});

interface CheckRequest {
  readonly service: string;
}

const common = {
  service: { name: "grpc.health.v1" },
  input: types["grpc.health.v1.HealthCheckRequest"],
  output: types["grpc.health.v1.HealthCheckResponse"],
  internal: true,
} as const;

/** Names under which a caller may ask for an app's services: registered ones, those of the `.proto`, and go-micro's. */
function namesOf(routes: readonly Route[]): ReadonlySet<string> {
  const names = new Set([""]); // the whole server
  for (const route of routes) {
    const { service, endpoint, internal } = route.handler;
    if (internal) continue;
    names.add(service.name).add(`${service.name}.${endpoint.split(".")[0]}`);
  }
  for (const name of protoServiceNames(routes).values()) names.add(name);
  return names;
}

/** gRPC's health service: what is served here serves as long as the server wants calls. */
export function healthHandlers(
  routes: readonly Route[],
  readiness: Readiness,
): readonly HandlerDefinition[] {
  const names = namesOf(routes);
  const status = (service: string) => ({
    status: names.has(service) ? (readiness.ready ? "SERVING" : "NOT_SERVING") : "SERVICE_UNKNOWN",
  });
  return [
    {
      ...common,
      endpoint: "Health.Check",
      idempotent: true,
      handle: async ({ service }: CheckRequest) => {
        if (names.has(service)) return status(service);
        throw new NotFound(`no service ${service} is served here`, {
          reason: "server.unknown-service",
          retry: "never",
        });
      },
    },
    {
      ...common,
      endpoint: "Health.Watch",
      replyStream: true,
      async *handle({ service }: CheckRequest, { signal }: Context) {
        let wake = (): void => undefined;
        const turn = (): void => wake();
        const unlisten = readiness.onChange(turn);
        signal.addEventListener("abort", turn, { once: true });
        try {
          for (let told: string | undefined; !signal.aborted;) {
            const now = status(service);
            if (now.status !== told) {
              told = now.status;
              yield now;
            } else await new Promise<void>((resolve) => (wake = resolve));
          }
        } finally {
          unlisten();
          signal.removeEventListener("abort", turn);
        }
      },
    },
  ];
}
