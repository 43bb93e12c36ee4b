/** Levels of arrays and objects in a schemaless value, at most. Far below what overflows the stack. */
export const maxDepth = 1_000;
