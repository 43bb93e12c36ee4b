/** The decorators, and the app that they describe. */
export { Service } from "./service.js";
export { Handler, type HandlerOptions } from "./handler.js";
export { Subscribe } from "./subscribe.js";
export { Module } from "./module.js";
export type { ModuleOptions, Provider } from "./module-options.js";
export { Use } from "./use.js";
export { Inject } from "./inject.js";
export { InjectClient } from "./inject-client.js";
export { Injectable } from "./injectable.js";
export {
  Field,
  type EnumValues,
  type FieldOptions,
  type FieldType,
  type ItemType,
} from "./field.js";
export { Message, messageType, type MessageOptions } from "./message.js";
export { appCreator, appRunner } from "./create-app.js";
export type { App, AppSettings } from "./app.js";
