// The suites that need real servers. Fault tests take their time; nothing here waits for nothing.
const base = require("../../jest.config.cjs");

/** @type {import("jest").Config} */
module.exports = {
  ...base,
  rootDir: "../..",
  testMatch: ["<rootDir>/test/real/**/*.real.ts"],
  testTimeout: 120_000,
};
