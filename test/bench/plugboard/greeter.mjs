/** The service under test as a user would write it, the client's view of it, and an event. */
import {
  Client,
  contract,
  Field,
  Handler,
  Message,
  messageType,
  Publisher,
  Service,
  Subscribe,
  topic,
} from "plugboard";
import { message, onClass, onMethod } from "./decorate.mjs";

export class HelloRequest {
  name = "";
}
message(HelloRequest, Message, Field, { name: [1, "string"] });

export class HelloReply {
  greeting = "";
}
message(HelloReply, Message, Field, { greeting: [1, "string"] });

export class TicksRequest {
  name = "";
  count = 0;
}
message(TicksRequest, Message, Field, { name: [1, "string"], count: [2, "uint32"] });

const hello = { input: HelloRequest, output: HelloReply };
const ticks = { input: TicksRequest, output: HelloReply };
const chat = { ...hello, requestStream: true, replyStream: true };

/** A leaf: it calls nobody, so that nothing can ask for the context of the call being served. */
export class Greeter {
  async hello({ name }) {
    return { greeting: `Hello ${name}` };
  }

  async *ticks({ name, count }) {
    const greeting = `Hello ${name}`;
    for (let n = 0; n < count; n++) yield { greeting };
  }

  async *chat(requests) {
    for await (const { name } of requests) yield { greeting: `Hello ${name}` };
  }
}
onMethod(Greeter, "hello", [Handler(hello)]);
onMethod(Greeter, "ticks", [Handler({ ...ticks, replyStream: true })]);
onMethod(Greeter, "chat", [Handler(chat)]);
onClass(Greeter, [Service({ name: "greeter", version: "1.0.0" })]);

const types = ({ input, output }) => ({ input: messageType(input), output: messageType(output) });

/** What callers know of the greeter. */
export const greeterContract = contract("greeter", {
  hello: { endpoint: "Greeter.Hello", ...types(hello) },
  ticks: { endpoint: "Greeter.Ticks", replyStream: true, ...types(ticks) },
  chat: { endpoint: "Greeter.Chat", requestStream: true, replyStream: true, ...types(chat) },
});

export class GreeterClient extends Client(greeterContract) {}

export const Greeted = topic("bench.greeted", HelloRequest);
export class GreetedPublisher extends Publisher(Greeted) {}

/** A service that counts the events it gets. */
export function listener(onEvent) {
  class Listener {
    async greeted(event) {
      onEvent(event.data);
    }
  }
  onMethod(Listener, "greeted", [Subscribe(Greeted)]);
  onClass(Listener, [Service({ name: "listener" })]);
  return Listener;
}
