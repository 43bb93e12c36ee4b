/** grpc-js with definitions of proto-loader, as its guide shows. */
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import { greeterPackage } from "./grpc-definition.mjs";
import { hello } from "./hello.mjs";

export const name = "grpc-js";

const maxBytes = 8 * 1024 * 1024;
const options = {
  "grpc.max_receive_message_length": maxBytes,
  "grpc.max_send_message_length": maxBytes,
};

const implementation = {
  Hello: ({ request }, answer) => answer(null, hello(request)),

  Ticks(call) {
    const { name, count } = call.request;
    const reply = hello({ name });
    let left = count;
    const send = () => {
      while (left > 0) {
        left--;
        if (!call.write(reply)) return void call.once("drain", send);
      }
      call.end();
    };
    send();
  },

  Chat(call) {
    call.on("data", (request) => call.write(hello(request)));
    call.on("end", () => call.end());
  },
};

export async function startServer({ port, host }) {
  const server = new grpc.Server(options);
  server.addService(greeterPackage().Greeter.service, implementation);
  const bind = promisify(server.bindAsync).bind(server);
  await bind(`${host}:${port}`, grpc.ServerCredentials.createInsecure());
  return { close: async () => server.forceShutdown() };
}

export async function connect({ port, host }) {
  const { Greeter } = greeterPackage();
  const credentials = grpc.credentials.createInsecure();
  const greeter = new Greeter(`${host}:${port}`, credentials, options);
  return {
    call: (request) =>
      new Promise((resolve, reject) => {
        greeter.Hello(request, (error, reply) => (error ? reject(error) : resolve(reply)));
      }),
    stream: (request, onMessage) =>
      new Promise((resolve, reject) => {
        greeter.Ticks(request).on("data", onMessage).on("end", resolve).on("error", reject);
      }),
    openChat() {
      let settle;
      const call = greeter.Chat();
      call
        .on("data", (reply) => settle.resolve(reply))
        .on("error", (error) => settle.reject(error));
      return {
        exchange: (request) =>
          new Promise((resolve, reject) => {
            settle = { resolve, reject };
            call.write(request);
          }),
        close: () => call.end(),
      };
    },
    close: async () => greeter.close(),
  };
}
