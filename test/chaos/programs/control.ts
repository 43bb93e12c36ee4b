/** What the parent process asks. */
interface Question {
  readonly id: number;
  readonly name: string;
  readonly value: unknown;
}

/** Answers to questions, by name. */
export type Answers = Readonly<Record<string, (value: never) => unknown>>;

const orphaned = (): void => process.exit(1);

/** Answers what the parent process asks over IPC, and ends when that process is gone. */
export function answer(answers: Answers): void {
  process.on("message", ({ id, name, value }: Question) => {
    const given = async (): Promise<unknown> => {
      const made = answers[name];
      if (!made) throw new Error(`nobody answers ${name} here`);
      return made(value as never);
    };
    given().then(
      (result) => process.send?.({ id, value: result }),
      (error: unknown) => process.send?.({ id, failure: String((error as Error).stack) }),
    );
  });
  process.once("disconnect", orphaned);
}

/** Tells the parent process something that it has not asked for. */
export const tell = (name: string, value?: unknown): void => void process.send?.({ name, value });

/** Hangs up, so that nothing of this keeps the process alive. */
export function hangUp(): void {
  process.removeListener("disconnect", orphaned);
  if (process.connected) process.disconnect();
}
