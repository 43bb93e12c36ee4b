import type { Server } from "node:https";
import type { Entrance, Environment, OpenEntrance, TlsCredentials } from "../../../src/spi.js";
import { httpApp, type Configure, type HttpLimits } from "./http-app.js";
import { HttpDoor, type HttpDoorOptions } from "./http-door.js";
import { listen } from "./listen.js";
import type { FastifyModule } from "./load-fastify.js";
import { TlsGate } from "./tls-gate.js";
import { tlsServerOptions } from "./tls-server-options.js";

/** What an {@link HttpEntrance} is told. */
export interface HttpEntranceOptions extends HttpDoorOptions {
  readonly limits: HttpDoorOptions["limits"] & HttpLimits;
  readonly configure: Configure | undefined;
  readonly tls: TlsCredentials | undefined;
}

/** Takes in plain HTTP. */
export class HttpEntrance implements Entrance {
  readonly protocol = "http";
  readonly transport = "http";

  constructor(
    private readonly fastify: FastifyModule,
    private readonly options: HttpEntranceOptions,
    private readonly environment: Environment,
  ) {}

  async open(address: string): Promise<OpenEntrance> {
    const { fastify, options, environment } = this;
    const { limits, configure, tls } = options;
    const door = new HttpDoor(options, environment);
    tls?.watch();
    const app = await httpApp(fastify, limits, door, configure, tls && tlsServerOptions(tls));
    const gate = tls && new TlsGate(app.server as Server, tls, environment);
    app.server.on("connection", (socket) => door.connected(socket));
    const port = await listen(app, address).catch((error: unknown) => {
      tls?.close();
      throw error;
    });
    return {
      address: `${address.slice(0, address.lastIndexOf(":"))}:${port}`,
      accept: (parts) => door.accept(parts),
      drain: async () => door.drain(),
      async close() {
        await door.empty();
        const closed = app.close();
        gate?.close();
        tls?.close();
        await closed;
      },
    };
  }
}
