import { Publisher, topic } from "plugboard";

export const Greeted = topic<{ who: string }>("greeter.greeted");
export class GreetedPublisher extends Publisher(Greeted) {}
