/**
 * `node test/bench/grpc/run.mjs [rounds] [seconds] [outstanding]` after a build: what clients and servers
 * of gRPC cost, each with each, in rounds with an order of chance.
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
const clients = {
  "grpc-js, bare": "bare-grpc-js.mjs",
  "node:http2, bare": "bare-http2.mjs",
  Plugboard: "../plugboard/grpc.mjs",
};
const servers = {
  "grpc-js, bare": "bare-grpc-js-server.mjs",
  "node:http2, bare": "bare-http2-server.mjs",
  Plugboard: "../plugboard/grpc.mjs",
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
  const clientUs = done.cpuUs / done.count;
  const serverUs = (closed.cpuUs - opened.cpuUs) / done.count;
  return { rate: done.count / done.seconds, clientUs, serverUs, bothUs: clientUs + serverUs };
}

const pairs = [];
for (const [serverName, serverPath] of Object.entries(servers)) {
  const server = new Child(new URL("../harness/server-process.mjs", import.meta.url));
  const port = await freePort();
  await server.request("start", { file: file(serverPath), host, port });
  for (const [clientName, clientPath] of Object.entries(clients)) {
    const client = new Child(new URL("../harness/client-process.mjs", import.meta.url));
    await client.request("connect", { file: file(clientPath), host, port });
    await warm(client);
    pairs.push({ name: `${clientName} -> ${serverName}`, server, client, figures: [] });
  }
}
for (let round = 0; round < rounds; round++)
  for (const { server, client, figures } of shuffled(pairs))
    figures.push(await measure(server, client));

const rows = {};
for (const { name, figures } of pairs) {
  const of = (key) => median(figures.map((each) => each[key]));
  rows[name] = {
    "calls/s": Math.round(of("rate")),
    "client us": Number(of("clientUs").toFixed(1)),
    "server us": Number(of("serverUs").toFixed(1)),
    "both us": Number(of("bothUs").toFixed(1)),
  };
}
for (const { client } of pairs) await client.end();
for (const server of new Set(pairs.map(({ server }) => server))) await server.end();
console.log(`client -> server, 20 B, ${outstanding} outstanding, medians of ${rounds} rounds`);
console.table(rows);
process.exit(0);
