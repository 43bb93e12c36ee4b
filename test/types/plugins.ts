// A slot takes plugins of its own contract only.
import {
  createApp,
  createService,
  factory,
  Module,
  rpcServer,
  Selector,
  type Broker,
  type Codec,
  type Plugins,
  type Registry,
} from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { jsonCodec } from "plugboard/plugins/codec/json";
import { protobufCodec } from "plugboard/plugins/codec/protobuf";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import { httpTransport } from "plugboard/plugins/transport/http";
import { definePlugin, Transport, type Plugin } from "plugboard/spi";
import { expectValue } from "./expect-type.js";

declare class Config {
  get(name: string): string;
}
declare const registry: Registry;
declare const broker: Broker;
declare const codec: Codec;

declare class OwnSelector implements Selector {
  readonly name: string;
  constructor(config: Config);
  select: Selector["select"];
  mark: Selector["mark"];
  reset: Selector["reset"];
  close: Selector["close"];
}

@Module({
  plugins: {
    transport: httpTransport(),
    codec: [protobufCodec(), jsonCodec(), { useValue: codec }],
    registry: { useValue: registry },
    selector: OwnSelector,
    broker: factory([Config], async (config) => {
      expectValue<Config>()(config);
      return Promise.resolve(config.get("broker") === "memory" ? memoryBroker() : memoryBroker());
    }),
    server: factory([Config, Transport], (config, transport) => {
      expectValue<Transport>()(transport);
      return rpcServer({ address: config.get("address") });
    }),
  },
})
export class Accepted {}

const ownBroker = definePlugin(
  Transport,
  "own",
  (environment, selector) => {
    expectValue<Selector>()(selector);
    environment.logger.info(selector.name);
    return {} as Transport;
  },
  [Selector],
);
expectValue<Plugin<Transport>>()(ownBroker);

const plugins = <P extends Plugins>(chosen: P): P => chosen;

export const accepted = [
  plugins({ codec: jsonCodec() }),
  plugins({ registry: memoryRegistry(), broker: factory([], () => broker) }),
];

export const refused = [
  // @ts-expect-error a transport is not a registry
  () => Module({ plugins: { registry: httpTransport() } }),
  // @ts-expect-error a registry is not a broker
  () => Module({ plugins: { broker: { useValue: registry } } }),
  // @ts-expect-error a class of another contract
  () => Module({ plugins: { registry: OwnSelector } }),
  // @ts-expect-error a factory of another contract
  () => Module({ plugins: { broker: factory([Config], () => httpTransport()) } }),
  // @ts-expect-error an async one as well
  () => Module({ plugins: { broker: factory([Config], () => Promise.resolve(registry)) } }),
  // @ts-expect-error a factory's parameters are its dependencies
  () => factory([Config], (config: { port: number }) => config.port),
  // @ts-expect-error one of several codecs is none
  () => Module({ plugins: { codec: [jsonCodec(), memoryBroker()] } }),
  // @ts-expect-error the plugin itself, not what makes it
  () => Module({ plugins: { registry: memoryRegistry } }),
  // @ts-expect-error there is no such slot
  () => Module({ plugins: { registries: memoryRegistry() } }),
  // @ts-expect-error a module imports classes
  () => Module({ imports: [memoryRegistry()] }),
  // @ts-expect-error a typo in a plugin's options
  () => rpcServer({ adress: ":0" }),
  // @ts-expect-error the same slots without decorators
  () => createService({ name: "x", plugins: { registry: httpTransport() } }),
  // @ts-expect-error and for an app
  () => createApp(Accepted, { plugins: { registry: httpTransport() } }),
  // @ts-expect-error what is made must be of the contract
  () => definePlugin(Selector, "own", () => httpTransport()),
];
