/** JSON over HTTP/1.1: a server of `node:http` and a pool of undici, one call at a time per connection. */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer } from "node:http";
import { Pool } from "undici";
import { hello } from "./hello.mjs";

export const name = "undici";

export async function startServer({ port, host }) {
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const reply = JSON.stringify(hello(JSON.parse(Buffer.concat(chunks).toString())));
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(reply),
      });
      response.end(reply);
    });
  });
  await once(server.listen(port, host), "listening");
  return {
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export async function connect({ port, host }) {
  const pool = new Pool(`http://${host}:${port}`);
  const headers = { "content-type": "application/json" };
  return {
    async call(request) {
      const { statusCode, body } = await pool.request({
        path: "/Greeter.Hello",
        method: "POST",
        headers,
        body: JSON.stringify(request),
      });
      if (statusCode !== 200) throw new Error(`status ${statusCode}`);
      return body.json();
    },
    close: () => pool.close(),
  };
}
