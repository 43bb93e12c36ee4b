import type { Entrance, Environment, OpenEntrance } from "../../../src/spi.js";
import { httpApp, type Configure, type HttpLimits } from "./http-app.js";
import { HttpDoor, type HttpDoorOptions } from "./http-door.js";
import { listen } from "./listen.js";
import type { FastifyModule } from "./load-fastify.js";

/** What an {@link HttpEntrance} is told. */
export interface HttpEntranceOptions extends HttpDoorOptions {
  readonly limits: HttpDoorOptions["limits"] & HttpLimits;
  readonly configure: Configure | undefined;
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
    const door = new HttpDoor(options, environment);
    const app = await httpApp(fastify, options.limits, door, options.configure);
    app.server.on("connection", (socket) => door.connected(socket));
    const port = await listen(app, address);
    return {
      address: `${address.slice(0, address.lastIndexOf(":"))}:${port}`,
      accept: (parts) => door.accept(parts),
      drain: async () => door.drain(),
      async close() {
        await door.empty();
        await app.close();
      },
    };
  }
}
