import type { MessageType } from "../../../src/spi.js";
import { contractLines } from "./contract-lines.js";
import { literalLines } from "./literal-lines.js";
import type { ProtoFile } from "./proto-file.js";
import { TypeNames } from "./type-names.js";
import { typeLines } from "./type-lines.js";

/** Options of {@link generateContract}. */
export interface GenerateContractOptions {
  /** Name under which the service registers. Default: the `.proto` service's name in lower case. */
  readonly service?: string;
  /** Where the file came from, for the line at its top. Default: the package's name. */
  readonly source?: string;
  /** The module to import from. Default `plugboard`. */
  readonly module?: string;
}

function reachable(proto: ProtoFile): readonly MessageType[] {
  const found = new Set<MessageType>();
  const visit = (type: MessageType): void => {
    if (found.has(type)) return;
    found.add(type);
    for (const field of type.fields) if (field.type.kind === "message") visit(field.type.type);
  };
  for (const { methods } of proto.services)
    for (const { input, output } of methods) [input, output].forEach(visit);
  proto.messages.forEach(visit);
  return [...found].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/**
 * TypeScript of a `.proto`: an interface a message, a union an enum, and for each service its
 * interface and its contract's value. It imports `plugboard` alone; the message types are embedded.
 * The same file gives the same text.
 */
export function generateContract(
  proto: ProtoFile,
  { service, source = proto.package, module = "plugboard" }: GenerateContractOptions = {},
): string {
  const messages = reachable(proto);
  const names = new TypeNames(proto, messages);
  const imports = [
    ...(proto.services.length > 0 ? ["contract"] : []),
    "messageTypes",
    ...(proto.services.length > 0 ? ["type ServiceContract"] : []),
  ];
  const parts = [
    [
      `// Generated from ${JSON.stringify(source)}. Change that, then generate again.`,
      `import { ${imports.join(", ")} } from ${JSON.stringify(module)};`,
    ],
    ...typeLines(messages, names),
    literalLines(messages),
    ...proto.services.flatMap((declared) =>
      contractLines(declared, service ?? declared.name.toLowerCase(), names),
    ),
  ];
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
