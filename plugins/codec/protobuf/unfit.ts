/** The value does not fit its type. Who and where is found out afterwards, off the fast path. */
export class Unfit extends Error {
  override readonly name = "Unfit";
}

/** @throws Unfit always. */
export const unfit = (): never => {
  throw new Unfit();
};
