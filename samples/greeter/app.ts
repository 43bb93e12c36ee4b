import { Module } from "plugboard";
import { Greeter } from "./greeter.js";
import { Audit, Web } from "./web.js";

@Module({ services: [Greeter] })
export class GreeterModule {}

@Module({ services: [Web, Audit] })
export class WebModule {}
