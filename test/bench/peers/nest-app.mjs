/** What the two NestJS peers share. Decorators are applied as functions: these files are not compiled. */
import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ClientsModule } from "@nestjs/microservices";

const logger = ["error", "warn"];
const client = "GREETER";

/** Decorates a method whose parameters are `parameters`. */
export function onMethod(Class, name, decorator, parameters = [Object]) {
  const { prototype } = Class;
  Reflect.defineMetadata("design:paramtypes", parameters, prototype, name);
  decorator(prototype, name, Object.getOwnPropertyDescriptor(prototype, name));
}

/** Starts a microservice of one controller. */
export async function listen(Controller, microservice) {
  class AppModule {}
  Module({ controllers: [Controller] })(AppModule);
  const app = await NestFactory.createMicroservice(AppModule, { ...microservice, logger });
  await app.listen();
  return app;
}

/** Starts an application context with one client; `{ app, client }`. */
export async function contextWithClient(options) {
  class AppModule {}
  Module({ imports: [ClientsModule.register([{ name: client, ...options }])] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger });
  return { app, client: app.get(client) };
}
