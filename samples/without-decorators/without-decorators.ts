import { createService, topic, type PlainService, type Plugins } from "plugboard";

export const Logged = topic<{ line: string }>("log.lines");

/** A service in go-micro's way: functions instead of classes. */
export function calculator(plugins: Plugins, seen: string[]): PlainService {
  return createService({ name: "calculator", version: "1.0.0", plugins })
    .handle("Calculator.Add", ({ a, b }: { a: number; b: number }) => ({ sum: a + b }))
    .handle("Calculator.Range", async function* ({ to }: { to: number }) {
      for (let n = 1; n <= to; n++) yield { n };
    })
    .subscribe(Logged, (event) => {
      seen.push(event.data.line);
    });
}

/** Calls it: the low-level client, as in go-micro. */
export async function useCalculator(plugins: Plugins): Promise<readonly unknown[]> {
  await using caller = await createService({ name: "caller", plugins }).start();
  const { client } = caller;

  const add = client.newRequest("calculator", "Calculator.Add", { a: 2, b: 3 });
  const results = [await client.call(add)];

  const range = client.newRequest("calculator", "Calculator.Range", { to: 3 });
  for await (const item of client.stream(range)) results.push(item);

  await client.publish(client.newMessage(Logged, { line: "hello" }));
  return results;
}
