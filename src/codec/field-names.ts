/** A field's name in JSON and TypeScript by protoc's rule: `first_name` is `firstName`. */
export function jsonName(protoName: string): string {
  return protoName.replace(/_+(.?)/g, (_, next: string) => next.toUpperCase());
}

/** A field's name in a `.proto`: `firstName` is `first_name`. */
export function protoName(name: string): string {
  return name.replace(
    /[A-Z]/g,
    (letter, index: number) => (index > 0 ? "_" : "") + letter.toLowerCase(),
  );
}
