import { factory, Injectable, Module, rpcServer } from "plugboard";
import { memoryBroker, memoryBrokerHub } from "plugboard/plugins/broker/memory";
import { jsonCodec } from "plugboard/plugins/codec/json";
import { protobufCodec } from "plugboard/plugins/codec/protobuf";
import { mdnsRegistry } from "plugboard/plugins/registry/mdns";
import { memoryRegistry, memoryRegistryHub } from "plugboard/plugins/registry/memory";
import { roundRobinSelector } from "plugboard/plugins/selector/round-robin";
import { httpTransport } from "plugboard/plugins/transport/http";
import { Greeter } from "./greeter.service.js";
import { WebModule } from "./web.js";

@Injectable()
export class Config {
  get(name: "address"): string {
    return { address: "127.0.0.1:0" }[name];
  }
}

@Module({ providers: [Config], exports: [Config] })
export class ConfigModule {}

@Module({
  imports: [ConfigModule],
  services: [Greeter],
  plugins: {
    registry: mdnsRegistry(),
    transport: httpTransport(),
    codec: [protobufCodec(), jsonCodec()], // negotiated by content type
    selector: roundRobinSelector(),
    server: factory([Config], (config) => rpcServer({ address: config.get("address") })),
  },
})
export class Production {}

export const registry = memoryRegistryHub();
export const events = memoryBrokerHub();

@Module({
  imports: [Production], // same services, different plugins
  plugins: { registry: memoryRegistry({ hub: registry }), broker: memoryBroker({ hub: events }) },
})
export class Laptop {}

@Module({
  imports: [WebModule],
  plugins: {
    registry: memoryRegistry({ hub: registry }),
    broker: memoryBroker({ hub: events }),
    server: rpcServer({ address: "127.0.0.1:0" }),
  },
})
export class LaptopWeb {}
