import { Handler, Service, Subscribe, type Event } from "plugboard";
import { GreeterClient } from "./greeter.client.js";
import { Greeted, GreetedPublisher } from "./greeted.js";

@Service({ name: "web" })
export class Web {
  constructor(
    private readonly greeter: GreeterClient,
    private readonly greeted: GreetedPublisher,
  ) {}

  @Handler()
  async page(request: { who: string }): Promise<{ html: string }> {
    const { greeting } = await this.greeter.hello({ name: request.who }, { timeoutMs: 2_000 });
    let html = greeting;
    for await (const { n } of this.greeter.countdown({ from: 3 })) html += ` ${n}`;
    await this.greeted.publish({ who: request.who }, { key: request.who });
    return { html };
  }
}

@Service({ name: "audit" })
export class Audit {
  readonly #seen: string[] = [];

  @Subscribe(Greeted, { group: "audit", retry: { attempts: 5 }, deadLetter: true })
  async greeted(event: Event<{ who: string }>): Promise<void> {
    this.#seen.push(event.data.who);
  }

  @Handler()
  async seen(): Promise<{ who: string[] }> {
    return { who: this.#seen };
  }
}
