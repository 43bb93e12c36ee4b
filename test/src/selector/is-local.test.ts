import { expect, test } from "@jest/globals";
import { isLocal } from "../../../src/selector/is-local.js";

const local = isLocal({
  hostname: () => "Host-7",
  addresses: () => [
    { address: "10.0.0.7", family: 4, internal: false },
    { address: "FE80::7", family: 6, internal: false },
    { address: "127.0.0.1", family: 4, internal: true },
    { address: "::1", family: 6, internal: true },
  ],
});

test.each([
  ["10.0.0.7:80", true],
  ["[fe80::7]:80", true],
  ["[::1]:80", true],
  ["127.0.0.2:80", true],
  ["localhost:80", true],
  ["host-7:80", true],
  ["10.0.0.70:80", false],
  ["[fe80::8]:80", false],
  ["other:80", false],
  ["", false],
])("%s is on this machine: %p", (address, here) => {
  expect(local({ id: "n", address, metadata: {} })).toBe(here);
});
