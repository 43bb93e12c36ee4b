import { expect, test } from "@jest/globals";
import { isIP } from "node:net";
import fc from "fast-check";
import { ipText, ipv4Bytes, ipv6Bytes, joinAddress, splitAddress } from "./ip-address.js";

test.each(["127.0.0.1:80", "255.255.255.255:65535", "[::1]:1", "[2001:db8::8:800:200c:417a]:8080"])(
  "%s is the same after a round trip",
  (address) => {
    const { host, port } = splitAddress(address)!;
    expect(joinAddress(host, port)).toBe(address);
  },
);

test.each([
  ...["localhost:80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:", ":80", ""],
  ...["1.2.3:80", "1.2.3.256:80", "01.2.3.4:80", "1.2.3.4.5:80", "::1:80", "[::1]", "[1.2.3.4]:80"],
  ...["[1::2::3]:80", "[1:2:3:4:5:6:7:8:9]:80", "[1:2]:80", "[12345::]:80", "[fe80::1%eth0]:80"],
  ...["[1:2:3:4:5:6:7::8]:80x", "[::g]:80", "a.b.c.d:80"],
])("%j is no address", (address) => {
  expect(splitAddress(address)).toBeUndefined();
});

test("any IPv6 bytes have a text that leads back to them", () => {
  const part = fc.constantFrom(0, 0, 0, 1, 0xff);
  fc.assert(
    fc.property(fc.array(part, { minLength: 16, maxLength: 16 }), (parts) => {
      const bytes = Uint8Array.from(parts);
      const text = ipText(bytes);
      expect(isIP(text)).toBe(6);
      expect([...(ipv6Bytes(text) ?? [])]).toEqual(parts);
    }),
  );
});

test("the platform agrees on what is an address", () => {
  const text = fc.string({
    unit: fc.constantFrom("0", "1", "25", ":", "::", ".", "f"),
    maxLength: 12,
  });
  fc.assert(
    fc.property(text, (candidate) => {
      expect(ipv4Bytes(candidate) !== undefined).toBe(isIP(candidate) === 4);
      const mixed = candidate.includes(".");
      if (!mixed) expect(ipv6Bytes(candidate) !== undefined).toBe(isIP(candidate) === 6);
    }),
  );
});
