import { Client, Forbidden, Handler, Module, Service, Use, type Interceptor } from "plugboard";

/** Lines that the interceptors of this sample leave, outermost first. */
export const trail: string[] = [];

/** One shape on both sides of the wire: `(next) => (call) => reply`. */
export const trace =
  (name: string): Interceptor =>
  (next) =>
  async (call) => {
    trail.push(`${name} > ${call.side} ${call.endpoint}`);
    try {
      return await next(call);
    } finally {
      trail.push(`${name} < ${call.side} ${call.endpoint}`);
    }
  };

/** A guard is an interceptor that throws. This one waits for nothing, so it need not be async. */
export const needsKey =
  (key: string): Interceptor =>
  (next) =>
  (call) => {
    if (call.metadata["x-key"] !== key) throw new Forbidden("wrong or missing x-key");
    return next(call);
  };

/** On the client, an interceptor may add metadata to what is sent. */
export const addKey =
  (key: string): Interceptor =>
  (next) =>
  (call) => {
    call.metadata["x-key"] = key;
    return next(call);
  };

@Service({ name: "vault" })
@Use(trace("class"))
export class Vault {
  @Handler()
  @Use(trace("method"), needsKey("open sesame"))
  async open(): Promise<{ gold: number }> {
    return { gold: 42 };
  }
}

export class VaultClient extends Client<Vault>("vault") {}

@Module({
  services: [Vault],
  interceptors: [trace("app")],
  clientInterceptors: [addKey("open sesame")],
})
export class VaultModule {}
