import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { authority, mutualTls, ownCertificate } from "../support/certificates.js";
import { doorNames, house, publicDoorNames } from "./doors.js";

let guarded: Awaited<ReturnType<typeof house>>;
beforeAll(async () => (guarded = await house({ tls: mutualTls })));
afterAll(() => guarded.close());

/** What does not go through `Greeter`. */
const others: readonly string[] = [
  "an event by hand",
  "Debug.Stats by hand",
  "Debug.Stats over gRPC",
  "Debug.Stats over plain HTTP",
  ...publicDoorNames,
];

describe.each([...doorNames, ...publicDoorNames])("through %s", (name) => {
  const through = (door: typeof name) => ({ ...guarded.doors, ...guarded.publicDoors })[door];
  const enter = (tls: Parameters<(typeof guarded.doors)["frames"]>[0]["tls"]) =>
    through(name)({ tls }).catch((error: unknown) => (error as { readonly code?: string }).code);

  test.each([
    ["without TLS", undefined, "transport.tls-required"],
    ["without a certificate", authority(), "transport.certificate-required"],
    [
      "with a certificate of a stranger",
      { ...ownCertificate("stranger-client"), ...authority() },
      "transport.certificate-required",
    ],
    [
      "with a certificate that has expired",
      { ...ownCertificate("expired-client"), ...authority() },
      "transport.certificate-required",
    ],
  ])("nobody comes in %s", async (_how, tls, reason) => {
    const before = guarded.peers.length;
    expect(await enter(tls)).toBe(reason);
    expect(guarded.peers.length).toBe(before);
  });

  test("nobody is let in by who does not trust the house", async () => {
    const tls = { ...ownCertificate("client"), ...authority("stranger") };
    const untrusted = ["transport.certificate-untrusted", "SELF_SIGNED_CERT_IN_CHAIN"];
    expect(untrusted).toContain(await enter(tls));
  });

  test("whoever has a certificate comes in, and the handler knows who it is", async () => {
    expect(await enter({ ...ownCertificate("client"), ...authority() })).toBe("in");
    if (others.includes(name)) return;
    const peer = guarded.peers.at(-1)!;
    expect(peer.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(peer.certificate).toMatchObject({
      subject: "web",
      names: ["DNS:web.test", "URI:spiffe://plugboard.test/web"],
      issuer: "authority",
    });
  });
});
