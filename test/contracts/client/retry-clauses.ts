import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { NotFound, Unavailable, type RpcErrorOptions } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { PairHarness, PairNode } from "../pair/harness.js";
import {
  answer,
  ask,
  askAgain,
  collect,
  ended,
  failure,
  failureOf,
  serve,
  slackMs,
  until,
} from "../pair/tools.js";

/** Several processes that serve `Job.Run`; each run is noted, and fails as `outcome` says. */
async function workers(
  harness: PairHarness,
  count: number,
  outcome: (run: number) => unknown,
): Promise<{ service: string; nodes: PairNode[]; ran: number[] }> {
  const service = harness.service();
  const ran: number[] = [];
  const nodes: PairNode[] = [];
  for (let index = 0; index < count; index += 1) {
    const node = await harness.peer();
    serve(node, service, "Job.Run", async () => {
      ran.push(index);
      return outcome(ran.length);
    });
    await node.start();
    nodes.push(node);
  }
  return { service, nodes, ran };
}

const fails =
  (options?: RpcErrorOptions) =>
  (run: number): unknown => {
    if (run % 2 === 0) return { run };
    throw new Unavailable("not now", options);
  };

/** A node in the registry that nobody is behind. */
const ghost = (harness: PairHarness, service: string): Promise<void> =>
  harness.registry.register({
    name: service,
    version: "latest",
    metadata: {},
    endpoints: [],
    nodes: [
      {
        id: `${service}-ghost`,
        address: harness.deadAddress,
        metadata: { protocol: harness.client.protocol },
      },
    ],
  });

/** Which attempts are made again, and where. */
export const retryClauses = [
  clause("a call that is not idempotent never runs twice", async (harness: PairHarness) => {
    const { service, ran } = await workers(harness, 2, fails());
    const error = await failure(harness, service, "Job.Run");
    equal(error.code, 503);
    equal(ran.length, 1, "runs");
  }),

  clause("nor when its node goes away in the middle", async (harness: PairHarness) => {
    const never = new Promise(() => undefined);
    const { service, nodes, ran } = await workers(harness, 2, () => never);
    const call = failureOf(ask(harness, service, "Job.Run", {}, { timeoutMs: 60_000 }));
    await until(harness, ran, 1);
    await ended(harness, nodes[ran[0]!]!.server.stop({ timeoutMs: 0 }));
    await harness.elapse(slackMs);
    equal(ran.length, 1, "runs");
    equal((await ended(harness, call)).code, 503);
    equal(ran.length, 1, "runs");
  }),

  clause("an idempotent call is tried again on another node", async (harness: PairHarness) => {
    const { service, ran } = await workers(harness, 3, fails());
    for (let calls = 0; calls < 6; calls += 1) {
      await ended(harness, askAgain(harness, service, "Job.Run"));
    }
    equal(ran.length, 12, "runs");
    for (let run = 0; run < 12; run += 2) notEqual(ran[run], ran[run + 1], "the same node again");
  }),

  clause(
    "a refusal that is safe is tried again, idempotent or not",
    async (harness: PairHarness) => {
      const { service, ran } = await workers(harness, 2, fails({ retry: "safe" }));
      const call = ask(harness, service, "Job.Run");
      await harness.elapse(50);
      deepEqual(await call, { run: 2 });
      notEqual(ran[0], ran[1], "the same node again");
    },
  ),

  clause("a node that cannot be reached fails no call", async (harness: PairHarness) => {
    const { service, ran } = await workers(harness, 1, (run) => ({ run }));
    await ghost(harness, service);
    for (let run = 1; run <= 8; run += 1) {
      deepEqual(await answer(harness, service, "Job.Run"), { run });
    }
    equal(ran.length, 8);
  }),

  clause("a node that cannot be reached fails no stream", async (harness: PairHarness) => {
    const service = harness.service();
    serve(
      harness,
      service,
      "Job.Watch",
      async function* () {
        yield { n: 1 };
        yield { n: 2 };
      },
      { replyStream: true },
    );
    await harness.start();
    await ghost(harness, service);
    const { client } = harness;
    const shape = { endpoint: "Job.Watch", replyStream: true };
    for (let streams = 0; streams < 8; streams += 1) {
      const items = collect(client.stream(client.newRequest(service, shape, {})));
      deepEqual(await ended(harness, items), [{ n: 1 }, { n: 2 }]);
    }
  }),

  clause("an error that says never is not tried again", async (harness: PairHarness) => {
    const { service, ran } = await workers(harness, 2, fails({ retry: "never" }));
    await ended(harness, failureOf(askAgain(harness, service, "Job.Run")));
    equal(ran.length, 1, "runs");
  }),

  clause("an error of the request is not tried again", async (harness: PairHarness) => {
    const { service, ran } = await workers(harness, 2, () => {
      throw new NotFound("no such job");
    });
    await ended(harness, failureOf(askAgain(harness, service, "Job.Run")));
    equal(ran.length, 1, "runs");
  }),

  clause("one further attempt is made, unless the call says more", async (harness: PairHarness) => {
    const { service, ran } = await workers(harness, 2, () => {
      throw new Unavailable("never works", { retry: "safe" });
    });
    await failure(harness, service, "Job.Run");
    equal(ran.length, 2, "runs");
    await failure(harness, service, "Job.Run", {}, { retries: 3 });
    equal(ran.length, 2 + 4, "runs");
  }),

  clause("no further attempt is made with retries at 0", async (harness: PairHarness) => {
    const { service, ran } = await workers(harness, 2, fails({ retry: "safe" }));
    await ended(harness, failureOf(askAgain(harness, service, "Job.Run", {}, { retries: 0 })));
    equal(ran.length, 1, "runs");
  }),

  clause("the handler knows which attempt it serves", async (harness: PairHarness) => {
    const service = harness.service();
    const attempts: number[] = [];
    serve(harness, service, "Job.Run", async (_request, { attempt }) => {
      attempts.push(attempt);
      if (attempts.length === 1) throw new Unavailable("not now", { retry: "safe" });
      return {};
    });
    await harness.start();
    await answer(harness, service, "Job.Run");
    deepEqual(attempts, [1, 2]);
  }),

  clause("there is no retry inside a retry", async (harness: PairHarness) => {
    const { service: inner, ran } = await workers(harness, 2, () => {
      throw new Unavailable("never works", { retry: "safe" });
    });
    const node = await harness.peer();
    const service = harness.service();
    const runs: number[] = [];
    serve(node, service, "Relay.Pass", async (_request, { attempt }) => {
      runs.push(attempt);
      if (attempt === 1) throw new Unavailable("again, please", { retry: "safe" });
      return ask(node, inner, "Job.Run");
    });
    await node.start();
    await failure(harness, service, "Relay.Pass");
    deepEqual(runs, [1, 2]);
    equal(ran.length, 1, "runs of the nested call");
  }),

  clause(
    "what was safe for a nested call is not for its caller's",
    async (harness: PairHarness) => {
      const node = await harness.peer();
      const service = harness.service();
      const missing = harness.service();
      const charged: unknown[] = [];
      serve(node, service, "Card.Charge", async (request) => {
        charged.push(request);
        return ask(node, missing, "Receipt.Print", {}, { retries: 0 });
      });
      await node.start();
      const call = failureOf(ask(harness, service, "Card.Charge", { cents: 100 }));
      await harness.elapse(100);
      const error = await call;
      deepEqual(charged, [{ cents: 100 }]);
      equal(error.reason, "selector.not-found");
      notEqual(error.retry, "safe");
    },
  ),

  clause("an address goes past the registry", async (harness: PairHarness) => {
    const { service, nodes, ran } = await workers(harness, 2, (run) => ({ run }));
    const unlisted = await harness.peer();
    const other = harness.service();
    serve(unlisted, other, "Job.Run", async () => ({ from: "unlisted" }));
    await unlisted.server.start();
    const { address } = unlisted.server;
    for (const name of [service, other, harness.service()])
      deepEqual(await answer(harness, name, "Job.Run", {}, { address }), { from: "unlisted" });
    deepEqual(ran, []);
    const both = nodes.map(({ server }) => server.address);
    const dead = [harness.deadAddress, both[0]!];
    await answer(harness, service, "Job.Run", {}, { address: dead });
    deepEqual(ran, [0], "the second address was not tried");
    const empty = await failure(harness, service, "Job.Run", {}, { address: [] });
    ok(empty.code === 400, `an empty list is ${empty.code}`);
  }),
];
