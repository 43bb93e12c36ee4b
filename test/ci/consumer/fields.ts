// For compilers that emit no metadata (esbuild, tsx): dependencies as fields.
import assert from "node:assert/strict";
import { Client, createApp, Handler, inject, Injectable, Module, Service } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { memoryRegistry } from "plugboard/plugins/registry/memory";

@Injectable()
class Names {
  readonly first = "Ada";
}

@Service({ name: "fields" })
class Fields {
  readonly #names = inject(Names);

  @Handler()
  async who(): Promise<{ name: string }> {
    return { name: this.#names.first };
  }
}
class FieldsClient extends Client<Fields>("fields") {}

@Service({ name: "caller" })
class Caller {
  readonly #fields = inject(FieldsClient);

  @Handler()
  async ask(): Promise<{ name: string }> {
    return this.#fields.who();
  }
}

@Module({
  services: [Fields, Caller],
  providers: [Names],
  plugins: { registry: memoryRegistry(), broker: memoryBroker() },
})
class App {}

async function main(): Promise<void> {
  await using app = await createApp(App).start();
  assert.deepEqual(await app.get(Caller).ask(), { name: "Ada" });
  console.log("field injection passed");
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
