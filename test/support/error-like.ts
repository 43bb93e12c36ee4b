import { expect } from "@jest/globals";

/** For `toThrow` and `rejects.toThrow`: an error with these properties, whatever else it has. */
export const errorLike = (properties: Readonly<Record<string, unknown>>): Error =>
  expect.objectContaining(properties) as unknown as Error;
