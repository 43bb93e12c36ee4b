import { describe, expect, test } from "@jest/globals";
import { silentLogger, type Logger } from "../../../src/spi.js";
import { mendBusyTimer } from "./busy-timer.js";
import { loadKafkajs, type KafkajsSource } from "./load-kafkajs.js";

/** A queue as in kafkajs 2.2.4, which counts the timers that it starts. */
function queue() {
  let timers = 0;
  const prototype = {
    pending: [] as unknown[],
    scheduleCheckPendingRequests: () => void (timers += 1),
  };
  return { prototype, timers: () => timers };
}

/** A package that is not there, or is of another release. */
function source(version: string, more: Partial<KafkajsSource> = {}) {
  const { prototype, timers } = queue();
  const all: KafkajsSource = {
    client: async () => ({ default: { Kafka: "the client" } }),
    version: async () => ({ default: { version } }),
    requestQueue: async () => ({ default: { prototype } }),
    ...more,
  };
  return { all, prototype, timers };
}

function logger() {
  const lines: string[] = [];
  const keep: Logger = { ...silentLogger, debug: (line) => void lines.push(line) };
  return { lines, keep };
}

const missing = (code: string) => async (): Promise<never> => {
  throw Object.assign(new Error("Cannot find package 'kafkajs' imported from here"), { code });
};

describe("loading kafkajs", () => {
  test.each(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"])(
    "says what to type when it is not installed (%s)",
    async (code) => {
      const { all } = source("2.2.4", { client: missing(code) });
      const loading = loadKafkajs(silentLogger, all);
      await expect(loading).rejects.toMatchObject({ code: 501, reason: "plugin.package-missing" });
      await expect(loading).rejects.toThrow("npm install kafkajs@2.2.4");
    },
  );

  test("passes any other failure on", async () => {
    const { all } = source("2.2.4", { client: () => Promise.reject(new Error("broken")) });
    await expect(loadKafkajs(silentLogger, all)).rejects.toThrow("broken");
  });

  test("takes a timer away from queues in which nothing waits", async () => {
    const { all, prototype, timers } = source("2.2.4");
    expect(await loadKafkajs(silentLogger, all)).toEqual({ Kafka: "the client" });
    await loadKafkajs(silentLogger, all); // a second time changes nothing
    prototype.scheduleCheckPendingRequests();
    expect(timers()).toBe(0);
    prototype.pending.push("request");
    prototype.scheduleCheckPendingRequests();
    expect(timers()).toBe(1);
  });

  test("leaves any other release alone, and says so", async () => {
    const { all, prototype, timers } = source("2.2.5");
    const { lines, keep } = logger();
    await loadKafkajs(keep, all);
    prototype.scheduleCheckPendingRequests();
    expect(timers()).toBe(1);
    expect(lines).toEqual(["kafkajs 2.2.5 is not 2.2.4: its timers are left as they are"]);
  });

  test("works without the mending when the inside cannot be found, as in a bundle", async () => {
    const { all } = source("2.2.4", { requestQueue: missing("MODULE_NOT_FOUND") });
    const { lines, keep } = logger();
    expect(await loadKafkajs(keep, all)).toEqual({ Kafka: "the client" });
    expect(lines).toEqual(["the timers of kafkajs could not be mended"]);
  });

  test("loads the package that is installed", async () => {
    const { Kafka } = await loadKafkajs(silentLogger);
    expect(typeof Kafka).toBe("function");
  });

  test("keeps what belongs to the queue", () => {
    const { prototype } = queue();
    const owners: unknown[] = [];
    prototype.scheduleCheckPendingRequests = function (this: unknown) {
      owners.push(this);
    };
    mendBusyTimer(prototype);
    const one = Object.assign(Object.create(prototype) as typeof prototype, { pending: [1] });
    one.scheduleCheckPendingRequests();
    expect(owners).toEqual([one]);
  });
});
