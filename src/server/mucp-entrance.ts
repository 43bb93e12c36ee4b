import type { Transport, TransportLimits } from "../transport/transport.js";
import type { Entrance, OpenEntrance } from "./entrance.js";
import { laneHandler } from "./lane-calls.js";
import { laneStreamHandler } from "./lane-streams.js";
import { serve } from "./serve.js";
import { UnaryExchanges } from "./unary-exchange.js";

/** Takes in mucp over a transport. */
export class MucpEntrance implements Entrance {
  readonly protocol = "mucp";

  constructor(
    private readonly by: Transport,
    private readonly limits: TransportLimits,
  ) {}

  get transport(): string {
    return this.by.name;
  }

  async open(address: string): Promise<OpenEntrance> {
    const listener = await this.by.listen(address, this.limits);
    const { announces, unreachable } = listener;
    return {
      address: listener.address,
      ...(announces && { announces }),
      unreachable,
      accept: (parts) => {
        const plain = new UnaryExchanges(parts);
        listener.accept(
          (socket) => serve(socket, parts, plain),
          laneHandler(parts),
          laneStreamHandler(parts),
        );
      },
      drain: () => listener.drain(),
      close: () => listener.close(),
    };
  }
}
