// What @Handler takes: the method's form, and schemas that agree with its signature.
import {
  Field,
  Handler,
  Message,
  Service,
  Use,
  messageType,
  type Context,
  type Interceptor,
} from "plugboard";
import * as z from "zod";

const Hello = z.object({ name: z.string() });
const Greeting = z.object({ greeting: z.string() });
type Hello = z.infer<typeof Hello>;
type Greeting = z.infer<typeof Greeting>;

/** What arrives is text, what the handler gets is a number. */
const Page = z.object({ page: z.string().transform(Number) });

@Message({ package: "shop" })
class Order {
  @Field(1) item = "";
  @Field(2, "int32") amount = 0;
}

@Message({ package: "shop" })
class Receipt {
  @Field(1, "int64") cents = 0n;
}

const order = messageType(Order);

declare const later: <T>() => Promise<T>;
declare const stream: <T>() => AsyncGenerator<T>;

@Service({ name: "accepted" })
export class Accepted {
  @Handler()
  async plain(): Promise<void> {
    await later();
  }

  @Handler({ name: "Said", idempotent: true, timeoutMs: 500, concurrency: 8, doc: "Says it." })
  async options(request: { text: string }, context: Context): Promise<string> {
    context.signal.throwIfAborted();
    return later<string>().then((text) => request.text + text);
  }

  @Handler({ input: Hello, output: Greeting })
  async unary(_request: Hello): Promise<Greeting> {
    return later();
  }

  @Handler({ input: Hello, output: Greeting })
  async *answersWithStream(_request: Hello, _context: Context): AsyncIterable<Greeting> {
    yield* stream<Greeting>();
  }

  @Handler({ input: Hello, output: Greeting, requestStream: true })
  async takesStream(_requests: AsyncIterable<Hello>): Promise<Greeting> {
    return later();
  }

  @Handler({ input: Hello, output: Greeting, requestStream: true })
  async *both(_requests: AsyncIterable<Hello>): AsyncGenerator<Greeting> {
    yield* stream<Greeting>();
  }

  @Handler({ input: Hello })
  async inputOnly(_request: Hello): Promise<number> {
    return later();
  }

  @Handler({ output: Greeting })
  async outputOnly(_request: { any: "thing" }): Promise<Greeting> {
    return later();
  }

  @Handler({ input: Page })
  async transformed({ page }: { page: number }): Promise<number> {
    return later<number>().then((sum) => sum + page);
  }

  @Handler({ input: Order, output: Receipt })
  async messages({ item, amount }: Order): Promise<Receipt> {
    return later<Receipt>().then(({ cents }) => ({ cents: cents + BigInt(item.length * amount) }));
  }

  @Handler({ input: order, output: Receipt })
  async messageTypes(_request: Order): Promise<Receipt> {
    return later();
  }
}

const log: Interceptor = (next) => (call) => next(call);

@Use(log)
export class Refused {
  // @ts-expect-error a handler is async
  @Handler()
  notAsync(_request: Hello): Greeting {
    return { greeting: "" };
  }

  // @ts-expect-error the schema says Hello, the method takes something else
  @Handler({ input: Hello, output: Greeting })
  async wrongInput(_request: { nme: string }): Promise<Greeting> {
    return later();
  }

  // @ts-expect-error the schema says Greeting, the method returns something else
  @Handler({ input: Hello, output: Greeting })
  async wrongOutput(_request: Hello): Promise<{ nope: 1 }> {
    return later();
  }

  // @ts-expect-error so do the items of a stream
  @Handler({ input: Hello, output: Greeting })
  async *wrongItems(_request: Hello): AsyncIterable<{ nope: 1 }> {
    yield* stream<{ nope: 1 }>();
  }

  // @ts-expect-error a schema of the input alone is held to it as well
  @Handler({ input: Hello })
  async wrongInputOnly(_request: { nme: string }): Promise<Greeting> {
    return later();
  }

  // @ts-expect-error and one of the output alone
  @Handler({ output: Greeting })
  async wrongOutputOnly(_request: Hello): Promise<{ nope: 1 }> {
    return later();
  }

  // @ts-expect-error the handler gets what the schema makes of the text: a number
  @Handler({ input: Page })
  async untransformed(_request: { page: string }): Promise<number> {
    return later();
  }

  // @ts-expect-error a message class is held to the signature
  @Handler({ input: Order, output: Receipt })
  async wrongMessage(_request: { item: number }): Promise<Receipt> {
    return later();
  }

  // @ts-expect-error a reply that is no Receipt
  @Handler({ input: Order, output: Receipt })
  async wrongReply(_request: Order): Promise<{ cents: string }> {
    return later();
  }

  // @ts-expect-error a message type is held to it too
  @Handler({ input: order, output: Receipt })
  async wrongMessageType(_request: { item: number }): Promise<Receipt> {
    return later();
  }

  // @ts-expect-error no schema at all
  @Handler({ input: { name: "string" }, output: Greeting })
  async noSchema(_request: { name: string }): Promise<Greeting> {
    return later();
  }

  // @ts-expect-error a typo in the options
  @Handler({ idempotant: true })
  async typo(_request: Hello): Promise<Greeting> {
    return later();
  }

  // @ts-expect-error the second parameter is the context
  @Handler()
  async wrongContext(_request: Hello, _context: { user: string }): Promise<Greeting> {
    return later();
  }

  // @ts-expect-error an interceptor answers with a promise
  @Use((next) => (call) => [next(call)])
  @Handler()
  async wrongInterceptor(_request: Hello): Promise<Greeting> {
    return later();
  }
}

export const refused = [
  // @ts-expect-error a service has a name
  () => Service({ version: "1.0.0" }),
  // @ts-expect-error the kinds of numbers are protobuf's
  () => Field(1, "int"),
];
