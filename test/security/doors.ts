import { request as plainRequest, type IncomingMessage } from "node:http";
import { request as secureRequest } from "node:https";
import { createService } from "../../index.js";
import { memoryBroker, memoryBrokerHub } from "../../plugins/broker/memory/index.js";
import { grpcClient } from "../../plugins/client/grpc/index.js";
import { httpClient } from "../../plugins/client/http/index.js";
import { memoryRegistry, memoryRegistryHub } from "../../plugins/registry/memory/index.js";
import { grpcServer } from "../../plugins/server/grpc/index.js";
import { httpServer } from "../../plugins/server/http/index.js";
import { realEnvironment } from "../../plugins/standard/environment.js";
import { httpTransport } from "../../plugins/transport/http/index.js";
import {
  rpcServer,
  topic,
  type Context,
  type HandlerSettings,
  type Interceptor,
  type Peer,
  type RpcError,
  type TlsOptions,
} from "../../src/index.js";
import { silentLogger } from "../../src/spi.js";

/** What a visitor shows at a door. */
export interface Visitor {
  readonly authorization?: string | undefined;
  readonly tls?: TlsOptions | undefined;
}

/** How a visit ended: `in`, or the reason why not. */
export type Door = (visitor: Visitor) => Promise<string>;

/** How the house is guarded. */
export interface HouseOptions {
  readonly tls?: TlsOptions;
  readonly interceptors?: readonly Interceptor[];
  /** Layers of `Greeter.Admin` alone. */
  readonly admin?: HandlerSettings["interceptors"];
}

type Protocol = "grpc" | "http" | "mucp";

const Greeted = topic<{ name: string }>("greeted");

/** One service that serves mucp, gRPC and plain HTTP, and a door for every way in. */
export async function house({ tls, interceptors = [], admin = [] }: HouseOptions) {
  const environment = realEnvironment({ logger: silentLogger });
  const ends: (() => Promise<unknown>)[] = [];
  const peers: (Peer | undefined)[] = [];
  const events: string[] = [];
  const registries = {
    mucp: memoryRegistryHub(),
    grpc: memoryRegistryHub(),
    http: memoryRegistryHub(),
  };
  const brokers = memoryBrokerHub();
  const here = "127.0.0.1:0";
  const transport = (options?: { readonly frames?: boolean; readonly tls?: TlsOptions }) =>
    httpTransport(options);
  const withTls = (found: TlsOptions | undefined) => (found ? { tls: found } : {});

  const guarded = { address: here, debug: "intercepted", ...withTls(tls) } as const;
  const servers = {
    mucp: () => rpcServer({ address: here, debug: "intercepted" }),
    grpc: () => grpcServer(guarded),
    http: () => httpServer(guarded),
  };

  const serving = async (protocol: Protocol) => {
    const service = createService({
      name: "greeter",
      environment,
      interceptors,
      plugins: {
        registry: memoryRegistry({ hub: registries[protocol] }),
        broker: memoryBroker({ hub: brokers }),
        transport: transport(protocol === "mucp" ? withTls(tls) : {}),
        server: servers[protocol](),
      },
    });
    const greet = (_request: unknown, { peer }: Context) => {
      peers.push(peer);
      return { hello: true };
    };
    service
      .handle("Greeter.Hello", greet)
      .handle("Greeter.Admin", greet, { interceptors: admin })
      .handle("Greeter.Count", async function* (request: unknown, context: Context) {
        yield greet(request, context);
      })
      .subscribe(Greeted, ({ data }) => void events.push(data.name));
    await service.start();
    ends.push(() => service.stop());
    return service;
  };
  const [mucp, grpc, http] = [await serving("mucp"), await serving("grpc"), await serving("http")];

  /** The client of a process of its own. */
  const caller = async (protocol: Protocol, visitor: Visitor, frames = true) => {
    const service = createService({
      name: "visitor",
      environment,
      plugins: {
        registry: memoryRegistry({ hub: registries[protocol] }),
        broker: memoryBroker({ hub: brokers }),
        transport: transport({ frames, ...(protocol === "mucp" && withTls(visitor.tls)) }),
        server: rpcServer({ address: here }),
        ...(protocol === "grpc" && { client: grpcClient(withTls(visitor.tls)) }),
        ...(protocol === "http" && { client: httpClient(withTls(visitor.tls)) }),
      },
    });
    await service.start();
    return service;
  };

  const called =
    (protocol: Protocol, endpoint: string, { frames = true, stream = false } = {}): Door =>
    async (visitor) => {
      const service = await caller(protocol, visitor, frames);
      const { authorization } = visitor;
      const options = { retries: 0, ...(authorization && { metadata: { authorization } }) };
      try {
        const { client } = service;
        const request = client.newRequest("greeter", { endpoint, replyStream: stream }, {});
        if (stream) for await (const _reply of client.stream(request, options));
        else await client.call(request, options);
        return "in";
      } catch (error) {
        return (error as RpcError).reason ?? String(error);
      } finally {
        await service.stop();
      }
    };

  const posted =
    (headers: Readonly<Record<string, string>>, body: string): Door =>
    (visitor) =>
      ask({ method: "POST", address: mucp.address, path: "/", headers }, visitor, body);

  const asked =
    (method: "GET" | "POST", path: string): Door =>
    (visitor) =>
      ask(
        { method, address: http.address, path, headers: json },
        visitor,
        method === "POST" ? "{}" : "",
      );

  /** What gRPC servers have of their own, by address: no registry knows of it. */
  const ofGrpc =
    (name: string, endpoint: string, request?: object): Door =>
    async (visitor) => {
      const service = await caller("grpc", visitor);
      const { client } = service;
      const { authorization } = visitor;
      const options = {
        address: grpc.address,
        retries: 0,
        ...(authorization && { metadata: { authorization } }),
      };
      try {
        if (request) {
          const both = { endpoint, requestStream: true, replyStream: true };
          const requests = client.newRequest(name, both, one(request));
          for await (const _reply of client.stream(requests, options));
        } else await client.call(client.newRequest(name, endpoint, {}), options);
        return "in";
      } catch (error) {
        return (error as RpcError).reason ?? String(error);
      } finally {
        await service.stop();
      }
    };

  const json = { "content-type": "application/json" };
  const at = (endpoint: string) => ({ ...json, "micro-endpoint": endpoint });
  return {
    peers,
    events,
    grpc,
    /** Doors to what everybody may call who is let in. */
    doors: {
      "HTTP by hand": posted(at("Greeter.Hello"), "{}"),
      "JSON-RPC by hand": posted(
        { "content-type": "application/json-rpc" },
        '{"id":"1","method":"Greeter.Hello","params":[{}]}',
      ),
      "an event by hand": posted({ ...json, "micro-topic": "greeted" }, '{"name":"Ann"}'),
      "Debug.Stats by hand": posted(at("Debug.Stats"), "{}"),
      frames: called("mucp", "Greeter.Hello"),
      "a stream over frames": called("mucp", "Greeter.Count", { stream: true }),
      mucp: called("mucp", "Greeter.Hello", { frames: false }),
      "a stream over mucp": called("mucp", "Greeter.Count", { frames: false, stream: true }),
      gRPC: called("grpc", "Greeter.Hello"),
      "a stream over gRPC": called("grpc", "Greeter.Count", { stream: true }),
      "Debug.Stats over gRPC": called("grpc", "Debug.Stats"),
      "plain HTTP": called("http", "Greeter.Hello"),
      "a stream over plain HTTP": called("http", "Greeter.Count", { stream: true }),
      "plain HTTP by hand": asked("POST", "/Greeter/Hello"),
      "a stream over plain HTTP by hand": asked("POST", "/Greeter/Count"),
      "Debug.Stats over plain HTTP": asked("POST", "/Debug/Stats"),
    } satisfies Record<string, Door>,
    /** Doors that no layer guards: what is behind them tells whether a server is there, and what it is called by. */
    publicDoors: {
      "/health": asked("GET", "/health"),
      "/ready": asked("GET", "/ready"),
      "gRPC's health": ofGrpc("grpc.health.v1", "Health.Check"),
      "gRPC's reflection": ofGrpc("grpc.reflection.v1", "ServerReflection.ServerReflectionInfo", {
        listServices: "",
      }),
    } satisfies Record<string, Door>,
    /** Doors to what only some may call. */
    adminDoors: {
      "HTTP by hand": posted(at("Greeter.Admin"), "{}"),
      frames: called("mucp", "Greeter.Admin"),
      gRPC: called("grpc", "Greeter.Admin"),
      "plain HTTP": called("http", "Greeter.Admin"),
      "plain HTTP by hand": asked("POST", "/Greeter/Admin"),
    } satisfies Record<string, Door>,
    health: posted(at("Debug.Health"), "{}"),
    /** Publishes through the broker, as a process of the house would. */
    publish: async (name: string) => {
      const { client } = mucp;
      await client.publish(client.newMessage(Greeted, { name }));
    },
    close: async () => {
      for (const end of ends.splice(0)) await end();
    },
  };
}

/** A stream of one request. */
async function* one(request: object): AsyncGenerator<object> {
  yield request;
}

/** What is asked for by hand. */
interface Asked {
  readonly method: "GET" | "POST";
  readonly address: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks as curl would. */
async function ask(
  { method, address, path, headers }: Asked,
  { authorization, tls }: Visitor,
  body: string,
): Promise<string> {
  const [host, port] = address.split(":");
  const options = {
    host,
    port,
    method,
    path,
    agent: false,
    headers: { ...headers, ...(authorization && { authorization }) },
  } as const;
  const secured = tls && { ca: tls.ca, cert: tls.certificate, key: tls.key };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = secured
      ? secureRequest({ ...options, ...(secured as object) }, resolve)
      : plainRequest(options, resolve);
    sent.once("error", reject);
    sent.end(body);
  });
  let text = "";
  for await (const chunk of response) text += String(chunk);
  const said = response.headers["micro-error"] ?? (response.statusCode === 200 ? undefined : text);
  return said === undefined ? "in" : ((JSON.parse(String(said)) as RpcError).reason ?? text);
}

/** Names of the doors, for tables of tests. */
export const doorNames = [
  "HTTP by hand",
  "JSON-RPC by hand",
  "an event by hand",
  "Debug.Stats by hand",
  "frames",
  "a stream over frames",
  "mucp",
  "a stream over mucp",
  "gRPC",
  "a stream over gRPC",
  "Debug.Stats over gRPC",
  "plain HTTP",
  "a stream over plain HTTP",
  "plain HTTP by hand",
  "a stream over plain HTTP by hand",
  "Debug.Stats over plain HTTP",
] as const;

/** Names of those that no layer guards. */
export const publicDoorNames = ["/health", "/ready", "gRPC's health", "gRPC's reflection"] as const;
