import { expect } from "@jest/globals";
import type { Context } from "../../src/index.js";
import { NotFound, RpcError, type ErrorCode, type MessageType } from "../../src/spi.js";

/** `message Sum { int64 total = 1; }` */
const Sum: MessageType = {
  name: "shop.Sum",
  fields: [
    {
      name: "total",
      protoName: "total",
      number: 1,
      rule: "one",
      type: { kind: "scalar", scalar: "int64" },
    },
  ],
};

/** Contexts of the calls that were served. */
export const seen: Context[] = [];
let letGo = (): void => undefined;

/** Lets the call of `Greeter.Wait` end. */
export const release = (): void => letGo();

/** Handlers that answer, fail, and wait. */
export const handlers = [
  {
    endpoint: "Greeter.Hello",
    handle: async (request: { name?: string }, context: Context) => {
      seen.push(context);
      if (request.name === "nobody")
        throw new NotFound("nobody is here", { reason: "test.nobody" });
      return { greeting: `Hello ${request.name ?? "you"}` };
    },
  },
  {
    endpoint: "Greeter.Fail",
    handle: ({ code, ...options }: { code: ErrorCode; retry?: "safe" }) => {
      throw new RpcError(code, "as you wish", options);
    },
  },
  {
    endpoint: "Greeter.Crash",
    handle: () => {
      throw new TypeError("the password is hunter2");
    },
  },
  {
    endpoint: "Greeter.Wait",
    concurrency: 1,
    handle: async (_request: unknown, context: Context) => {
      seen.push(context);
      await new Promise<void>((resolve) => (letGo = resolve));
      return {};
    },
  },
  {
    endpoint: "Greeter.Add",
    input: Sum,
    output: Sum,
    handle: async ({ total }: { total: bigint }) => ({ total: total + 1n }),
  },
  {
    service: { name: "other" },
    endpoint: "Greeter.Hello",
    handle: async () => ({ greeting: "Hello from the other" }),
  },
];

/** Calls as a page does; `origin` is where the server is. */
export const poster =
  (origin: () => string) =>
  (path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${origin()}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

/** go-micro's error. */
export interface ErrorBody {
  readonly id: string;
  readonly code: number;
  readonly detail: string;
  readonly status: string;
  readonly reason: string;
}

/** The error of an answer. */
export const errorOf = async (response: Response): Promise<ErrorBody> => {
  expect(response.headers.get("content-type")).toBe("application/json");
  return (await response.json()) as ErrorBody;
};

/** Resolves when a call is being served. */
export const begun = async (): Promise<void> => {
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
};
