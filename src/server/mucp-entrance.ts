import type { Transport, TransportLimits } from "../transport/transport.js";
import type { Entrance, OpenEntrance } from "./entrance.js";
import { laneHandler } from "./lane-calls.js";
import { serve } from "./serve.js";

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
    const { announces } = listener;
    return {
      address: listener.address,
      ...(announces && { announces }),
      accept: (parts) => listener.accept((socket) => void serve(socket, parts), laneHandler(parts)),
      drain: () => listener.drain(),
      close: () => listener.close(),
    };
  }
}
