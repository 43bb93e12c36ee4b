import { Handler, Module, Service } from "plugboard";
import { GreeterClient } from "./greeter.client.js";

@Service({ name: "web" })
export class Web {
  constructor(private readonly greeter: GreeterClient) {} // no @Inject, no string token

  @Handler()
  async page(request: { who: string }): Promise<{ html: string }> {
    const { message } = await this.greeter.hello(
      { name: request.who },
      { timeoutMs: 2_000, retries: 2 },
    );
    let html = message;
    for await (const tick of this.greeter.countdown({ from: 3 })) html += ` ${tick.n}`;
    return { html };
  }
}

@Module({ services: [Web], exports: [Web] })
export class WebModule {}
