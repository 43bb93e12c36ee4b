import { factory, Handler, Injectable, Module, rpcServer, Service } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { jsonCodec } from "plugboard/plugins/codec/json";
import { protobufCodec } from "plugboard/plugins/codec/protobuf";
import { mdnsRegistry } from "plugboard/plugins/registry/mdns";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import { roundRobinSelector } from "plugboard/plugins/selector/round-robin";

/** Any injectable class; here one whose values come late. */
@Injectable()
export class Config {
  readonly #values = new Map([["port", "0"]]);

  get(name: string): string {
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`no configuration value ${name}`);
    return value;
  }
}

@Injectable()
export class PriceList {
  priceOf(item: string): number {
    return item.length * 100;
  }
}

// What a module does not export stays its own.
@Module({ providers: [Config], exports: [Config] })
export class ConfigModule {}

@Service({ name: "shop" })
export class Shop {
  constructor(private readonly prices: PriceList) {}

  @Handler({ idempotent: true })
  async price(request: { item: string }): Promise<{ cents: number }> {
    return { cents: this.prices.priceOf(request.item) };
  }
}

@Module({
  imports: [ConfigModule],
  services: [Shop],
  providers: [PriceList],
  plugins: {
    registry: mdnsRegistry(),
    codec: [protobufCodec(), jsonCodec()], // several at once, chosen by content type
    selector: roundRobinSelector(),
    // A plugin made from other injectables; it may be async.
    server: factory([Config], (config) =>
      rpcServer({ address: `127.0.0.1:${config.get("port")}` }),
    ),
  },
})
export class Production {}

/** The same services on other plugins: the importing module's choice wins. */
@Module({ imports: [Production], plugins: { registry: memoryRegistry(), broker: memoryBroker() } })
export class Laptop {}
