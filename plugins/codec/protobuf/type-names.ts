import type { EnumType, MessageType } from "../../../src/spi.js";
import type { ProtoFile } from "./proto-file.js";

/** Words that generated code uses itself, or that TypeScript would not take as a type's name. */
const taken = [
  "AsyncIterable",
  "Promise",
  "Record",
  "ServiceContract",
  "Uint8Array",
  "any",
  "bigint",
  "boolean",
  "contract",
  "messageTypes",
  "never",
  "null",
  "number",
  "object",
  "string",
  "symbol",
  "types",
  "undefined",
  "unknown",
  "void",
];

const pascal = (parts: readonly string[]): string =>
  parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");

/** The words of TypeScript for the names of a `.proto`, each used once. */
export class TypeNames {
  readonly #names = new Map<string, string>();
  readonly #used = new Set(taken);

  constructor(
    private readonly proto: ProtoFile,
    messages: readonly MessageType[],
  ) {
    for (const service of proto.services) this.#claim(service.name, pascal([service.name]), true);
    for (const message of messages) this.of(message);
  }

  /** `OuterInner` for `package.Outer.Inner`; the package comes in when that is taken. */
  of(type: MessageType | EnumType): string {
    const known = this.#names.get(type.name);
    if (known !== undefined) return known;
    const { package: home } = this.proto;
    const inside = home && type.name.startsWith(`${home}.`) ? type.name.slice(home.length + 1) : "";
    const parts = (inside || type.name).split(".");
    const short = inside ? parts : parts.filter((part) => /^[A-Z]/.test(part));
    const wanted = pascal(short.length > 0 ? short : parts);
    const name = this.#used.has(wanted) ? pascal([...type.name.split("."), "Message"]) : wanted;
    return this.#claim(type.name, name, false);
  }

  /** The interface of a service. */
  ofService(name: string): string {
    return this.#names.get(`service ${name}`) ?? name;
  }

  #claim(key: string, wanted: string, isService: boolean): string {
    let name = wanted;
    for (let count = 2; this.#used.has(name); count++) name = `${wanted}${count}`;
    this.#used.add(name);
    this.#names.set(isService ? `service ${key}` : key, name);
    return name;
  }
}
