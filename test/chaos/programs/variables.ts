/** An environment variable that the runner sets. @throws when it has not. */
export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: start this program with \`npm run test:chaos\``);
  return value;
}
