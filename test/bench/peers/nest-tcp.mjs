/** NestJS microservices over TCP. */
import { Controller } from "@nestjs/common";
import { EventPattern, MessagePattern, Transport } from "@nestjs/microservices";
import { firstValueFrom } from "rxjs";
import { hello } from "./hello.mjs";
import { contextWithClient, listen, onMethod } from "./nest-app.mjs";

export const name = "nest-tcp";

function controller(onEvent) {
  class GreeterController {
    hello(request) {
      return hello(request);
    }

    greeted(event) {
      onEvent(event);
    }
  }
  onMethod(GreeterController, "hello", MessagePattern("hello"));
  onMethod(GreeterController, "greeted", EventPattern("greeted"));
  Controller()(GreeterController);
  return GreeterController;
}

export async function startServer({ port, host, onEvent = () => {} }) {
  const options = { transport: Transport.TCP, options: { host, port } };
  const app = await listen(controller(onEvent), options);
  return { close: () => app.close() };
}

export async function connect({ port, host }) {
  const options = { transport: Transport.TCP, options: { host, port } };
  const { app, client } = await contextWithClient(options);
  await client.connect();
  return {
    call: (request) => firstValueFrom(client.send("hello", request)),
    publish: (event) => void client.emit("greeted", event),
    close: () => app.close(),
  };
}
