/** What is measured, in this order: what leaves much behind in memory comes last. */

const sizes = { 20: "20 B", 1024: "1 KB", 65536: "64 KB" };

const unary = (size, outstanding, more = {}) => ({
  id: `${size}x${outstanding}`,
  title: `${sizes[size]}, ${outstanding} outstanding`,
  unit: "calls/s",
  kind: "unary",
  size,
  outstanding,
  ...more,
});

const oneCore = unary(20, 1, {
  id: "one-core",
  title: "20 B, 1 outstanding, both processes on one core",
  oneCore: true,
});

const stream = {
  id: "stream",
  title: "one server stream of 20 B messages",
  unit: "messages/s",
  kind: "stream",
  size: 20,
  outstanding: 1,
};

const chat = {
  id: "chat",
  title: "ping-pong of 20 B messages on 64 streams both ways",
  unit: "round trips/s",
  kind: "chat",
  size: 20,
  outstanding: 64,
};

const event = {
  id: "event",
  title: "20 B events from publisher to subscriber",
  unit: "events/s",
  kind: "event",
  size: 20,
  outstanding: 64,
};

/** Every case, for every peer that can. */
export const fullCases = [
  oneCore,
  unary(20, 1),
  unary(20, 64),
  unary(20, 256),
  stream,
  chat,
  event,
  unary(1024, 1),
  unary(1024, 64),
  unary(1024, 256),
  unary(65536, 1),
  unary(65536, 64),
  unary(65536, 256),
];

const among = (spec, ...peers) => ({ ...spec, peers });
const ours = ["limit", "plugboard", "plugboard-full"];

/** A look that takes little time. */
export const quickCases = [
  among(
    unary(20, 64),
    ...ours,
    "plugboard-http",
    "plugboard-grpc",
    "nest-tcp",
    "moleculer",
    "undici",
    "grpc-js",
  ),
  among(unary(20, 256), ...ours),
  among(stream, "limit", "plugboard"),
  among(event, "plugboard-events"),
  among(unary(1024, 64), "limit", "plugboard-full"),
  among(unary(65536, 64), "limit", "plugboard"),
];
