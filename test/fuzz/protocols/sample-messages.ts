import { bytesField, doubleField, numberField } from "../wire/protobuf.js";

/** The JSON of a `Node` (test/fuzz/targets/node-type.ts). */
export const nodeJson =
  '{"name":"root","children":[{"name":"leaf","total":"-5"},{"counts":{"a":1}}],"total":"9007199254740993",' +
  '"kind":"LARGE","bytes":"AAEC","ratio":0.5,"text":"one","tags":["x","é"]}';

/** The same as protobuf. */
export const nodeBytes: Buffer = Buffer.concat([
  bytesField(1, "root"),
  bytesField(2, Buffer.concat([bytesField(1, "leaf"), numberField(3, -5)])),
  bytesField(2, bytesField(4, Buffer.concat([bytesField(1, "a"), numberField(2, 1)]))),
  numberField(3, 9_007_199_254_740_993n),
  numberField(5, 2),
  bytesField(6, Buffer.of(0, 1, 2)),
  doubleField(7, 0.5),
  bytesField(8, "one"),
  bytesField(10, "x"),
  bytesField(10, "é"),
]);
