import { httpClient, type HttpClientOptions } from "../../plugins/client/http/index.js";
import { httpServer, type HttpServerOptions } from "../../plugins/server/http/index.js";
import { greeterApp, type GreeterApp, type GreeterAppOptions } from "./greeter-app.js";

/** How a {@link httpApp} is made. */
export interface HttpAppOptions extends Pick<GreeterAppOptions, "handlers" | "errors"> {
  readonly server?: HttpServerOptions;
  readonly client?: HttpClientOptions;
}

/** A process that serves `greeter` over plain HTTP on a free port of this machine, in the real world. */
export const httpApp = ({ server, client, ...others }: HttpAppOptions = {}): Promise<HttpApp> =>
  greeterApp({
    ...others,
    client: httpClient(client),
    server: httpServer({ address: "127.0.0.1:0", ...server }),
  });

/** What {@link httpApp} makes. */
export type HttpApp = GreeterApp;
