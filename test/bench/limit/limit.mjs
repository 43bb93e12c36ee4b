/** The yardstick: sockets, frames and protobufjs, without anything that a framework adds. */
import { once } from "node:events";
import { connect as dial, createServer } from "node:net";
import { HelloReply, HelloRequest, idMask, kinds, TicksRequest, Wire } from "./wire.mjs";

export const name = "limit";

const hello = ({ name }) => ({ greeting: `Hello ${name}` });

function serve(socket, onEvent) {
  const waiting = [];
  const resume = () => {
    for (const send of waiting.splice(0)) send();
  };
  socket.on("drain", resume).on("error", () => socket.destroy());
  const ticks = (id, { name, count }) => {
    let left = count;
    const reply = hello({ name });
    const send = () => {
      for (; left > 0; left--) {
        if (!wire.writable) return void waiting.push(send);
        wire.send(kinds.ticks | id, HelloReply, reply);
      }
      wire.send(kinds.end | id, HelloReply, reply);
    };
    send();
  };
  const wire = new Wire(socket, (word, reader, length) => {
    const kind = word & ~idMask;
    if (kind === kinds.unary || kind === kinds.chat)
      wire.send(word, HelloReply, hello(HelloRequest.decode(reader, length)));
    else if (kind === kinds.event) onEvent(HelloRequest.decode(reader, length));
    else ticks(word & idMask, TicksRequest.decode(reader, length));
  });
}

export async function startServer({ port, host, onEvent = () => {} }) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)));
    serve(socket, onEvent);
  });
  await once(server.listen(port, host), "listening");
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

export async function connect({ port, host }) {
  const socket = dial({ port, host });
  await once(socket, "connect");
  const settle = []; // by call id: what resolves the call, or takes the stream's messages
  const free = [];
  let calling = 0;
  const executor = (resolve) => (settle[calling] = resolve);
  const take = () => (calling = free.length > 0 ? free.pop() : settle.length);
  const wire = new Wire(socket, (word, reader, length) => {
    const id = word & idMask;
    const reply = HelloReply.decode(reader, length);
    const kind = word & ~idMask;
    if (kind === kinds.ticks) return settle[id].onMessage(reply);
    const settled = settle[id];
    free.push(id);
    if (kind === kinds.end) settled.resolve();
    else settled(reply);
  });
  return {
    call(request) {
      const id = take();
      const reply = new Promise(executor);
      wire.send(id, HelloRequest, request);
      return reply;
    },
    stream(request, onMessage) {
      const id = take();
      return new Promise((resolve) => {
        settle[id] = { resolve, onMessage };
        wire.send(kinds.ticks | id, TicksRequest, request);
      });
    },
    openChat: () => ({
      exchange(request) {
        const id = take();
        const reply = new Promise(executor);
        wire.send(kinds.chat | id, HelloRequest, request);
        return reply;
      },
      close() {},
    }),
    publish: (event) => wire.send(kinds.event, HelloRequest, event),
    close: async () => void socket.destroy(),
  };
}
