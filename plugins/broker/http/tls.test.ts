import { afterEach, describe, expect, test } from "@jest/globals";
import {
  silentLogger,
  type Broker,
  type BrokerMessage,
  type RpcError,
  type TlsOptions,
} from "../../../src/spi.js";
import {
  authority,
  mutualTls,
  ownCertificate,
  serverTls,
} from "../../../test/support/certificates.js";
import { TableRegistry } from "../../../test/support/table-registry.js";
import { realEnvironment } from "../../standard/environment.js";
import { httpBroker } from "./index.js";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A registry and what is needed to make brokers that meet in it. */
function bench() {
  const environment = realEnvironment({ logger: silentLogger });
  const registry = new TableRegistry(environment.clock);
  const broker = async (tls?: TlsOptions): Promise<Broker> => {
    const made = await httpBroker({ ...(tls && { tls }), publishTimeoutMs: 2_000 }).create(
      environment,
      registry,
    );
    await made.connect();
    ends.push(() => made.disconnect());
    return made;
  };
  return { registry, broker };
}

const message: BrokerMessage = { headers: { "micro-id": "1" }, body: Buffer.from("1") };

/** Subscribes; resolves with the first message. */
async function first(broker: Broker): Promise<{ readonly arrived: Promise<string> }> {
  let take = (_text: string): void => undefined;
  const arrived = new Promise<string>((resolve) => (take = resolve));
  await broker.subscribe("t", async (each) => take(Buffer.from(each.message.body).toString()));
  return { arrived };
}

const failure = (work: Promise<unknown>): Promise<RpcError> =>
  work.then(
    () => {
      throw new Error("expected a failure");
    },
    (error: unknown) => error as RpcError,
  );

const reasonOf = ({ cause }: RpcError): unknown => (cause as Partial<RpcError> | undefined)?.reason;

describe("brokers with TLS", () => {
  test("say so in the registry and meet over it, by both certificates", async () => {
    const { registry, broker } = bench();
    const { arrived } = await first(await broker(mutualTls));
    const [record] = await registry.getService("micro.http.broker");
    expect(record!.nodes[0]!.metadata).toMatchObject({ secure: "true" });
    await (await broker({ ...ownCertificate("client"), ...authority() })).publish("t", message);
    expect(await arrived).toBe("1");
  });

  test("go on after they were disconnected", async () => {
    const { broker } = bench();
    const one = await broker(serverTls);
    await one.disconnect();
    await one.connect();
    const { arrived } = await first(one);
    await one.publish("t", message);
    expect(await arrived).toBe("1");
  });

  test.each<[string, TlsOptions | undefined, TlsOptions | undefined, string]>([
    ["whom they do not trust", serverTls, authority("stranger"), "transport.certificate-untrusted"],
    [
      "without TLS options, whom Node does not trust",
      serverTls,
      undefined,
      "transport.certificate-untrusted",
    ],
    [
      "whose certificate has expired",
      ownCertificate("expired"),
      authority(),
      "transport.certificate-expired",
    ],
    ["who speak no TLS", undefined, authority(), "transport.not-tls"],
  ])("post to nobody %s", async (_name, theirs, ours, reason) => {
    const { broker } = bench();
    await first(await broker(theirs));
    const error = await failure((await broker(ours)).publish("t", message));
    expect([error.reason, reasonOf(error)]).toEqual(["broker.unreachable", reason]);
  });

  test("take nothing from whoever has no certificate that they trust", async () => {
    const { broker } = bench();
    await first(await broker(mutualTls));
    for (const tls of [authority(), { ...authority(), ...ownCertificate("stranger-client") }]) {
      const error = await failure((await broker(tls)).publish("t", message));
      expect(error.reason).toBe("broker.unreachable");
      expect(error.message).toContain("answered 401");
    }
  });

  test("cannot subscribe without a certificate", async () => {
    const { broker } = bench();
    const one = await broker(authority());
    await expect(one.subscribe("t", async () => undefined)).rejects.toThrow(
      "httpBroker.tls has no certificate",
    );
  });
});

test("options are checked where they are given", () => {
  expect(() => httpBroker({ tls: { certificate: "x" } })).toThrow("httpBroker.tls.certificate");
});
