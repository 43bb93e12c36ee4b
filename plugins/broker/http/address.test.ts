import { describe, expect, test } from "@jest/globals";
import type { Network } from "../../../src/spi.js";
import { advertisedAddress, parseAddress, requireAddress } from "./address.js";

describe("parseAddress", () => {
  test.each([
    ["127.0.0.1:80", { host: "127.0.0.1", port: 80 }],
    ["[::1]:80", { host: "::1", port: 80 }],
    [":0", { host: "", port: 0 }],
    ["my-host.example:65535", { host: "my-host.example", port: 65_535 }],
    ["host", undefined],
    ["host:65536", undefined],
    ["host:", undefined],
    ["::1:80", undefined],
    ["a b:80", undefined],
    ["a/b:80", undefined],
    ["a\r\nb:80", undefined],
  ])("%j", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  test("an option that is none is named", () => {
    expect(() => requireAddress("httpBroker.address", "nowhere")).toThrow(
      'httpBroker.address must be host:port, got "nowhere"',
    );
  });
});

describe("advertisedAddress", () => {
  const network = (...addresses: string[]) =>
    ({
      addresses: () => [
        ...addresses.map((address) => ({
          address,
          family: address.includes(":") ? (6 as const) : (4 as const),
          internal: false,
        })),
        { address: "127.0.0.1", family: 4 as const, internal: true },
      ],
    }) as unknown as Network;

  test.each([
    ["127.0.0.1", undefined, ["8.8.8.8"], "127.0.0.1:9"],
    ["::1", undefined, [], "[::1]:9"],
    ["0.0.0.0", undefined, ["fe80::1", "8.8.8.8", "10.1.2.3"], "10.1.2.3:9"],
    ["::", undefined, ["172.32.0.1", "172.16.0.1"], "172.16.0.1:9"],
    ["::", undefined, ["8.8.8.8"], "8.8.8.8:9"],
    ["", undefined, ["fe80::1"], "127.0.0.1:9"],
    ["0.0.0.0", "outside", [], "outside:9"],
    ["0.0.0.0", "outside:7", [], "outside:7"],
    ["0.0.0.0", "[::1]", [], "[::1]:9"],
    ["0.0.0.0", "::1", [], "[::1]:9"],
    ["0.0.0.0", "[::1]:7", [], "[::1]:7"],
  ])("bound to %j, advertise %p, with %j: %s", (host, advertise, addresses, expected) => {
    expect(advertisedAddress({ host, port: 9 }, advertise, network(...addresses))).toBe(expected);
  });
});
