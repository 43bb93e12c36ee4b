/** One promise of a contract, with the code that holds an implementation to it. */
export interface Clause<Harness> {
  /** The promise in one sentence. Unique within its contract; skips and mutants name it. */
  readonly title: string;
  /** Resolves when the promise holds; throws when it does not. Never sleeps. */
  readonly run: (harness: Harness) => Promise<void>;
}

/** The promises of one interface. Plain data, so that any test runner can run them. */
export interface Contract<Harness> {
  readonly name: string;
  readonly clauses: readonly Clause<Harness>[];
}

/** Makes what a clause works on, fresh for each clause, and takes it down again. */
export type MakeHarness<Harness> = () => Promise<Harness & AsyncDisposable>;

/** A clause, in the order in which it reads. */
export const clause = <Harness>(
  title: string,
  run: (harness: Harness) => Promise<void>,
): Clause<Harness> => ({ title, run });

/** A contract. @throws Error when two clauses share a title. */
export function contract<Harness>(
  name: string,
  clauses: readonly Clause<Harness>[],
): Contract<Harness> {
  const titles = new Set<string>();
  for (const { title } of clauses) {
    if (titles.has(title)) throw new Error(`${name} has two clauses called "${title}"`);
    titles.add(title);
  }
  return { name, clauses };
}

/**
 * Runs one clause on a fresh harness and disposes the harness.
 * @throws what the clause threw; what the disposal threw if the clause held.
 */
export async function runClause<Harness>(
  { run }: Clause<Harness>,
  makeHarness: MakeHarness<Harness>,
): Promise<void> {
  const harness = await makeHarness();
  let failed = true;
  try {
    await run(harness);
    failed = false;
  } finally {
    const disposed = harness[Symbol.asyncDispose]();
    await (failed ? Promise.resolve(disposed).catch(() => undefined) : disposed);
  }
}
