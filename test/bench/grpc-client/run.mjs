/**
 * `node test/bench/grpc-client/run.mjs [rounds] [seconds] [outstanding]` after a build: what gRPC
 * clients cost that call the same server, in rounds with an order of chance.
 */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { URL } from "node:url";
import { Child } from "../harness/child.mjs";
import { median } from "../harness/median.mjs";
import { freePort } from "../harness/pair.mjs";

const [rounds = 5, seconds = 2, outstanding = 64] = process.argv.slice(2).map(Number);
const file = (path) => new URL(path, import.meta.url).href;
const host = "127.0.0.1";
const variants = {
  "grpc-js, bare": ["bare-grpc-js.mjs", {}],
  "node:http2, bare": ["bare-http2.mjs", {}],
  "Plugboard on grpc-js": ["../plugboard/grpc.mjs", {}],
  "Plugboard on node:http2": ["../plugboard/grpc.mjs", { MICRO_CLIENT_HTTP2: "true" }],
};
const servers = {
  "Plugboard's gRPC server (grpc-js)": "../plugboard/grpc.mjs",
  "a bare node:http2 server": "http2-server.mjs",
};

const shuffled = (values) =>
  values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);

/** Calls until the code has been compiled for good. */
async function warm(client) {
  await client.request("start", { spec: { kind: "unary", size: 20, outstanding } });
  for (let count = 0; count < 10_000; await sleep(100))
    ({ count } = await client.request("progress"));
  await client.request("stop");
}

async function measure(server, client) {
  await client.request("start", { spec: { kind: "unary", size: 20, outstanding } });
  await sleep(200);
  const [opened] = await Promise.all([server.request("stats"), client.request("open")]);
  await sleep(seconds * 1_000);
  const [closed, done] = await Promise.all([server.request("stats"), client.request("close")]);
  await client.request("stop");
  if (done.failure) throw new Error(done.failure);
  return {
    rate: done.count / done.seconds,
    clientUs: done.cpuUs / done.count,
    serverUs: (closed.cpuUs - opened.cpuUs) / done.count,
  };
}

for (const [title, path] of Object.entries(servers)) {
  const server = new Child(new URL("../harness/server-process.mjs", import.meta.url));
  const port = await freePort();
  await server.request("start", { file: file(path), host, port });
  const clients = new Map();
  for (const [name, [module, env]] of Object.entries(variants)) {
    const client = new Child(new URL("../harness/client-process.mjs", import.meta.url), { env });
    await client.request("connect", { file: file(module), host, port });
    clients.set(name, { client, figures: [] });
  }
  for (const { client } of clients.values()) await warm(client);
  for (let round = 0; round < rounds; round++)
    for (const { client, figures } of shuffled([...clients.values()])) {
      figures.push(await measure(server, client));
    }
  const rows = {};
  for (const [name, { client, figures }] of clients) {
    const of = (key) => median(figures.map((each) => each[key]));
    const [clientUs, serverUs] = [of("clientUs"), of("serverUs")];
    rows[name] = {
      "calls/s": Math.round(of("rate")),
      "client us": Number(clientUs.toFixed(1)),
      "server us": Number(serverUs.toFixed(1)),
      "both us": Number((clientUs + serverUs).toFixed(1)),
    };
    await client.end();
  }
  await server.end();
  console.log(`${title}, 20 B, ${outstanding} outstanding, medians of ${rounds} rounds`);
  console.table(rows);
}
process.exit(0);
