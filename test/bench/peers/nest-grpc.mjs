/** NestJS microservices over gRPC. */
import { Controller } from "@nestjs/common";
import { GrpcMethod, GrpcStreamMethod, Transport } from "@nestjs/microservices";
import { firstValueFrom, map, Observable, Subject } from "rxjs";
import { protoPath } from "./grpc-definition.mjs";
import { hello } from "./hello.mjs";
import { contextWithClient, listen, onMethod } from "./nest-app.mjs";

export const name = "nest-grpc";

class Greeter {
  hello(request) {
    return hello(request);
  }

  ticks({ name, count }) {
    const reply = hello({ name });
    return new Observable((subscriber) => {
      for (let n = 0; n < count; n++) subscriber.next(reply);
      subscriber.complete();
    });
  }

  chat(requests) {
    return requests.pipe(map(hello));
  }
}
onMethod(Greeter, "hello", GrpcMethod("Greeter", "Hello"));
onMethod(Greeter, "ticks", GrpcMethod("Greeter", "Ticks"));
onMethod(Greeter, "chat", GrpcStreamMethod("Greeter", "Chat"));
Controller()(Greeter);

const options = ({ port, host }) => ({
  transport: Transport.GRPC,
  options: { package: "bench", protoPath, url: `${host}:${port}` },
});

export async function startServer(where) {
  const app = await listen(Greeter, options(where));
  return { close: () => app.close() };
}

export async function connect(where) {
  const { app, client } = await contextWithClient(options(where));
  const greeter = client.getService("Greeter");
  return {
    call: (request) => firstValueFrom(greeter.hello(request)),
    stream: (request, onMessage) =>
      new Promise((resolve, reject) => {
        greeter.ticks(request).subscribe({ next: onMessage, complete: resolve, error: reject });
      }),
    openChat() {
      let settle;
      const requests = new Subject();
      greeter.chat(requests).subscribe({
        next: (reply) => settle.resolve(reply),
        error: (error) => settle.reject(error),
      });
      return {
        exchange: (request) =>
          new Promise((resolve, reject) => {
            settle = { resolve, reject };
            requests.next(request);
          }),
        close: () => requests.complete(),
      };
    },
    close: () => app.close(),
  };
}
