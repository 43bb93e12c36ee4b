import {
  Client,
  Handler,
  Module,
  Publisher,
  Service,
  Subscribe,
  topic,
  type Event,
} from "plugboard";

export interface Sale {
  order: string;
  item: string;
}
export const Sold = topic<Sale>("sold");
export class SoldPublisher extends Publisher(Sold) {}

@Service({ name: "stock" })
export class Stock {
  constructor(private readonly sold: SoldPublisher) {}

  @Handler() // not idempotent: a sale is made once, whatever breaks
  async sell({ order, item }: Sale): Promise<{ order: string }> {
    await this.sold.publish({ order, item }, { key: item });
    return { order };
  }
}
export class StockClient extends Client<Stock>("stock") {}

@Service({ name: "parcels" })
export class Parcels {
  readonly sent = new Set<string>();

  @Subscribe(Sold, { group: "parcels", deadLetter: true })
  async send({ data }: Event<Sale>): Promise<void> {
    if (!data.item) throw new Error("nothing to send");
    this.sent.add(data.order); // a set: an event may come twice
  }
}

@Module({ services: [Stock] })
export class StockModule {}
@Module({ services: [Parcels] })
export class ParcelsModule {}
