type ShortText = (buffer: Buffer, at: number) => string | undefined;

/** The longest text that {@link shortText} reads, in bytes: beyond it the platform is faster. */
export const shortTextLength = 24;

/** One call with every character makes one flat string; adding them up makes a tree of them. */
function compile(length: number): ShortText {
  const names = Array.from({ length }, (_, index) => `c${index}`);
  const source = [
    ...names.map((name, index) => `const ${name} = buffer[at + ${index}];`),
    `return (${names.join(" | ")}) > 127 ? undefined : String.fromCharCode(${names.join(", ")});`,
  ].join("\n");
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- written by hand it is the same 24 times
  return new Function("buffer", "at", source) as ShortText;
}

const byLength: ShortText[] = [
  () => "",
  ...Array.from({ length: shortTextLength }, (_, index) => compile(index + 1)),
];

/** The text of `length` bytes at `at`, undefined unless it is ASCII. */
export const shortText = (buffer: Buffer, at: number, length: number): string | undefined =>
  byLength[length]!(buffer, at);
