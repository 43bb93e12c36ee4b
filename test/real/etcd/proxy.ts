import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A way to a server that can be broken without touching the server. */
export interface Proxy extends AsyncDisposable {
  /** `host:port` to use instead of the server's. */
  readonly address: string;
  /** Breaks every connection, and refuses new ones. */
  cut(): void;
  /** Keeps every connection open and lets nothing through, as a network does that has lost a route. */
  silence(): void;
  /** Lets through what comes from now on. What was silenced stays so: those connections are lost. */
  mend(): void;
}

/** Opens a way to `host:port`. */
export async function openProxy(target: string): Promise<Proxy> {
  const [host, port] = target.split(":");
  let state: "open" | "cut" | "silent" = "open";
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((near) => {
    near.on("error", () => undefined);
    if (state === "cut") {
      near.resetAndDestroy();
      return;
    }
    if (state === "silent") {
      near.pause();
      pairs.add([near, near]);
      return;
    }
    const far = connect(Number(port), host);
    far.on("error", () => undefined);
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    near.on("close", end).pipe(far);
    far.on("close", end).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const reset = (): void => {
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
    pairs.clear();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      state = "cut";
      reset();
    },
    silence: () => {
      state = "silent";
      for (const [near, far] of pairs) {
        near.unpipe(far).pause();
        far.unpipe(near).pause();
      }
    },
    mend: () => void (state = "open"),
    [Symbol.asyncDispose]: async () => {
      reset();
      await new Promise((done) => server.close(done));
    },
  };
}
