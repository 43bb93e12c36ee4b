import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { BadRequest } from "../../../src/spi.js";
import { httpApp, type HttpApp } from "../../../test/support/http-app.js";

const handlers = [
  {
    endpoint: "Greeter.Hello",
    handle: async ({ name }: { name?: string }) => {
      if (!name) throw new BadRequest("who are you?", { reason: "greeter.nobody" });
      return { greeting: `Hello ${name}` };
    },
  },
  {
    endpoint: "Greeter.Countdown",
    replyStream: true,
    async *handle({ from }: { from: number }) {
      for (let n = from; n > 0; n -= 1) yield { n };
    },
  },
  {
    endpoint: "Greeter.Sum",
    requestStream: true,
    handle: async (requests: AsyncIterable<{ n: number }>) => {
      let total = 0;
      for await (const { n } of requests) total += n;
      return { total };
    },
  },
];

let app: HttpApp;

beforeAll(async () => {
  app = await httpApp({ handlers });
});

afterAll(() => app.stop());

const page = readFileSync(join(__dirname, "README.md"), "utf8");
const examples = [...page.matchAll(/```sh\n(curl [^\n]*)\n([\s\S]*?)```/g)].map(
  ([, line, output]) => [line!, output!] as const,
);

/** What curl would print, as far as the examples go. */
async function run(line: string): Promise<string> {
  const words = [...line.matchAll(/\$'([^']*)'|'([^']*)'|(\S+)/g)].map(
    ([, escaped, quoted, bare]) => escaped?.replaceAll("\\n", "\n") ?? quoted ?? bare!,
  );
  const after = (flag: string): string[] =>
    words.flatMap((word, index) => (word === flag ? [words[index + 1]!] : []));
  const url = words.find((word) => word.startsWith("http://"))!;
  const headers = after("-H").map((header) => header.split(": ") as [string, string]);
  const [body] = after("-d");
  const response = await fetch(url.replace("localhost:8080", app.server.address), {
    headers,
    ...(body !== undefined && { method: "POST", body }),
  });
  const type = response.headers.get("content-type");
  const head = `HTTP/1.1 ${response.status} ${response.statusText}\ncontent-type: ${type}\n\n`;
  return (words.includes("-i") ? head : "") + (await response.text());
}

test("the page has examples", () => {
  expect(examples.length).toBeGreaterThanOrEqual(6);
});

test.each(examples)("%s", async (line, output) => {
  expect((await run(line)).trimEnd()).toBe(output.trimEnd());
});
