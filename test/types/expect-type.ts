/** True when the two types are the same, modifiers included. */
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`: `expectType<Equal<Found, Wanted>>(true)`. */
export const expectType = <_Holds extends true>(_holds: true): void => undefined;

/** Compiles only for a value of exactly this type: `expectValue<string>()(name)`. */
export const expectValue =
  <Wanted>() =>
  <Found>(
    _found: Found,
    ..._holds: Equal<Found, Wanted> extends true ? [] : ["the types differ"]
  ): void =>
    undefined;
