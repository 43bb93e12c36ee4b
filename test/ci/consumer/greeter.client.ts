import { Client } from "plugboard";
import type { Greeter } from "./greeter.service.js"; // type-only: no server code is loaded

export class GreeterClient extends Client<Greeter>("greeter") {}
