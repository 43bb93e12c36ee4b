/** The bytes are no message of their type. The codec's door turns it into a `codec.malformed`. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** @throws Malformed always. */
export const malformed = (why: string): never => {
  throw new Malformed(why);
};

/** @throws Malformed always: a message, a field or a number ends after its bytes do. */
export const cutShort = (): never => malformed("cut short");
