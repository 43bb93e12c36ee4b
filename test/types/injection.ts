// Tokens are classes, contracts among them; what is injected has the token's type.
/* eslint-disable @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-argument -- what does not compile has no type */
import {
  Broker,
  Client,
  createApp,
  factory,
  Inject,
  inject,
  InjectClient,
  Injectable,
  Module,
  Service,
  type ClientOf,
} from "plugboard";
import { expectValue } from "./expect-type.js";

declare class Greeter {
  hello(request: { name: string }): Promise<{ greeting: string }>;
}
declare class Other {
  bye(request: { name: string }): Promise<{ greeting: string }>;
}
class GreeterClient extends Client<Greeter>("greeter") {}

interface Clock {
  now(): number;
}
/** Token of an interface. */
abstract class ClockToken implements Clock {
  abstract now(): number;
}

@Service({ name: "accepted" })
export class Accepted {
  private readonly greeter = inject(GreeterClient);

  constructor(
    private readonly broker: Broker,
    @Inject(ClockToken) private readonly clock: Clock,
    @InjectClient<Greeter>("greeter") private readonly again: ClientOf<Greeter>,
  ) {
    expectValue<GreeterClient>()(this.greeter);
  }
}

@Injectable()
export class SystemClock implements Clock {
  now(): number {
    return 0;
  }
}

@Module({
  services: [Accepted],
  providers: [
    SystemClock,
    { provide: ClockToken, useClass: SystemClock },
    { provide: ClockToken, useValue: { now: () => 0 } },
    { provide: ClockToken, useFactory: factory([SystemClock], (clock) => clock) },
  ],
  exports: [ClockToken, GreeterClient],
})
export class AcceptedModule {}

const app = createApp(AcceptedModule);
expectValue<Broker>()(app.get(Broker));

export class Refused {
  // @ts-expect-error no constructor parameter takes a client of Greeter
  constructor(@InjectClient<Greeter>("greeter") readonly greeter: string) {}
}

export class OtherClient {
  // @ts-expect-error nor is a client of another service one
  constructor(@InjectClient<Greeter>("greeter") readonly greeter: ClientOf<Other>) {}
}

export const refused = [
  // @ts-expect-error an interface is not there at run time
  () => inject<Clock>(Clock),
  // @ts-expect-error text is no token
  () => inject("clock"),
  // @ts-expect-error what an app gives has the token's type
  () => app.get(GreeterClient).bye({ name: "Ada" }),
  // @ts-expect-error a provider says what it provides
  () => Module({ providers: [{ useValue: 1 }] }),
  // @ts-expect-error a service is a class
  () => Module({ services: [{ provide: Accepted, useClass: Accepted }] }),
];
