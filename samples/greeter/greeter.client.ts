import { Client } from "plugboard";
import type { Greeter } from "./greeter.js"; // a type only: no server code comes along

export class GreeterClient extends Client<Greeter>("greeter") {}
