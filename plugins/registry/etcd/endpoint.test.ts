import { expect, test } from "@jest/globals";
import { parseEndpoint } from "./endpoint.js";

const user = (name: string, password: string) => ({ name, password });

test.each([
  ["etcd", { address: "etcd:2379", secure: undefined, user: undefined }],
  ["etcd:1", { address: "etcd:1", secure: undefined, user: undefined }],
  ["http://10.0.0.7:4001/", { address: "10.0.0.7:4001", secure: false, user: undefined }],
  ["HTTPS://etcd.example", { address: "etcd.example:2379", secure: true, user: undefined }],
  ["[::1]", { address: "[::1]:2379", secure: undefined, user: undefined }],
  ["http://[fe80::1%25eth0]:7", { address: "[fe80::1%25eth0]:7", secure: false, user: undefined }],
  ["root:secret@etcd", { address: "etcd:2379", secure: undefined, user: user("root", "secret") }],
  ["https://a%40b:p%3A%2f@etcd:7", { address: "etcd:7", secure: true, user: user("a@b", "p:/") }],
  ["root@etcd", { address: "etcd:2379", secure: undefined, user: user("root", "") }],
  ["u:a:b@etcd", { address: "etcd:2379", secure: undefined, user: user("u", "a:b") }],
])("%s is understood", (text, endpoint) => {
  expect(parseEndpoint("x", text)).toEqual(endpoint);
});

test.each([
  "",
  ":2379",
  "etcd:port",
  "etcd:0",
  "etcd:65536",
  "ftp://etcd",
  "http://",
  "etcd/path",
  "::1",
  "[::1",
  "a b",
  "a@b@c",
])("%j is refused", (text) => {
  expect(() => parseEndpoint("etcdRegistry.endpoints", text)).toThrow(
    /^etcdRegistry\.endpoints must be host:port, /,
  );
});

test("a password is not repeated in what is thrown", () => {
  for (const text of ["root:secret@", "http://root:secret@:7", "root:secret%zz@etcd"])
    expect(() => parseEndpoint("x", text)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
});
