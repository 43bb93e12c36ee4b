import { expect, test } from "@jest/globals";
import { httpClient } from "./index.js";

test.each(["dialTimeoutMs", "poolTtlMs", "maxConnections", "maxMessageBytes", "maxHeaderBytes"])(
  "%s must be above 0",
  (option) => {
    expect(() => httpClient({ [option]: 0 })).toThrow(`httpClient.${option}`);
  },
);
