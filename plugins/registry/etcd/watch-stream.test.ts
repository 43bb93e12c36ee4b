import { EventEmitter } from "node:events";
import { describe, expect, test } from "@jest/globals";
import type { IEvent, IWatchRequest, IWatchResponse } from "etcd3";
import { Unauthorized, type RpcError } from "../../../src/spi.js";
import { unreachable } from "./grpc-status.js";
import { WatchStream, type Attachment } from "./watch-stream.js";

const range = { key: Buffer.from("a"), rangeEnd: Buffer.from("b"), revision: 7n };
const never = new AbortController().signal;

/** A stream to an etcd that says what the test says. */
function open() {
  const wire = new EventEmitter();
  const written: IWatchRequest[] = [];
  const made = { over: [] as (RpcError | undefined)[], canceled: 0, refused: 0 };
  let failure: RpcError = unreachable("etcd", "lost");
  const call = {
    stream: Object.assign(wire, {
      write: (request: IWatchRequest) => void written.push(request),
      end: () => undefined,
      cancel: () => undefined,
    }),
    failure: () => failure,
    refused: () => (made.refused += 1),
    cancel: () => (made.canceled += 1),
  };
  const stream = new WatchStream(call, { address: "etcd", heardAt: 0 }, (error) =>
    made.over.push(error),
  );
  const hear = (response: Partial<IWatchResponse>): void => {
    const header = { revision: "9" } as IWatchResponse["header"];
    wire.emit("data", { header, events: [], created: false, canceled: false, ...response });
  };
  const fail = (error: RpcError): void => {
    failure = error;
    wire.emit("error", new Error("failed"));
  };
  const heard: string[] = [];
  const attach = (name: string, signal = never): Promise<Attachment> =>
    stream.attach({ ...range, heard: ({ watch_id }) => heard.push(`${name} ${watch_id}`) }, signal);
  return { stream, written, made, hear, fail, heard, attach };
}

const events = [{} as IEvent];

describe("watches on one stream", () => {
  test("are asked for at once and told apart by the numbers that they asked for", async () => {
    const { written, hear, heard, attach } = open();
    const [one, two] = [attach("one"), attach("two")];
    expect(written.map(({ create_request: create }) => create?.watch_id)).toEqual(["1", "2"]);
    expect(written[0]?.create_request).toMatchObject({ start_revision: "7", key: range.key });
    hear({ created: true, watch_id: "2" });
    hear({ watch_id: "2", events });
    hear({ created: true, watch_id: "1" });
    hear({ watch_id: "1", events });
    hear({ watch_id: "5", events });
    expect(heard).toEqual(["two 2", "one 1"]);
    expect((await one).revision).toBe(9n);
    expect((await two).revision).toBe(9n);
  });

  test("are told apart by their order where etcd numbers them itself", () => {
    const { hear, heard, attach } = open();
    for (const name of ["one", "two", "three"]) void attach(name);
    for (const id of ["0", "1", "2"]) hear({ created: true, watch_id: id });
    for (const id of ["0", "1", "2"]) hear({ watch_id: id, events });
    expect(heard).toEqual(["one 0", "two 1", "three 2"]);
  });

  test("end one by one, and the stream with the last", async () => {
    const { written, made, hear, heard, attach, stream } = open();
    const attaching = [attach("one"), attach("two")];
    for (const id of ["1", "2"]) hear({ created: true, watch_id: id });
    const [one, two] = await Promise.all(attaching);
    one!.cancel();
    one!.cancel();
    expect(written.slice(2)).toEqual([{ cancel_request: { watch_id: "1" } }]);
    hear({ watch_id: "1", events });
    expect(heard).toEqual([]);
    expect(stream.ended).toBe(false);
    two!.cancel();
    expect(made).toEqual({ over: [undefined], canceled: 1, refused: 0 });
    expect(stream.ended).toBe(true);
  });

  test("that nobody waits for any more are ended when they begin", async () => {
    const { written, made, hear, attach } = open();
    const abort = new AbortController();
    const attaching = attach("one", abort.signal);
    abort.abort(new Error("enough"));
    await expect(attaching).rejects.toThrow("enough");
    hear({ created: true, watch_id: "1" });
    expect(written.at(-1)).toEqual({ cancel_request: { watch_id: "1" } });
    expect(made.over).toEqual([undefined]);
  });
});

describe("the end", () => {
  test("of a stream is the end of its watches, begun or not, and may be taken up", async () => {
    const { made, hear, fail, attach } = open();
    const one = attach("one");
    hear({ created: true, watch_id: "1" });
    const { ended } = await one;
    const two = attach("two");
    const error = unreachable("etcd", "lost");
    fail(error);
    fail(error);
    expect(await ended).toBe("lost");
    await expect(two).rejects.toBe(error);
    expect(made).toEqual({ over: [error], canceled: 1, refused: 0 });
  });

  test("for want of a token asks for a new one", async () => {
    for (const refuse of [
      ({ fail }: ReturnType<typeof open>) => fail(new Unauthorized("invalid auth token")),
      ({ hear }: ReturnType<typeof open>) =>
        hear({ created: true, canceled: true, watch_id: "-1", cancel_reason: "permission denied" }),
    ]) {
      const opened = open();
      const attaching = opened.attach("one");
      refuse(opened);
      await expect(attaching).rejects.toThrow(
        /invalid auth token|watch refused: permission denied/,
      );
      expect(opened.made.refused).toBe(1);
    }
  });

  test("of a watch by etcd itself is told as such", async () => {
    const { hear, attach } = open();
    const attaching = [attach("one"), attach("two")];
    for (const id of ["1", "2"]) hear({ created: true, watch_id: id });
    const [one] = await Promise.all(attaching);
    hear({ canceled: true, watch_id: "1", compact_revision: "8" });
    expect(await one!.ended).toBe("refused");
  });
});
