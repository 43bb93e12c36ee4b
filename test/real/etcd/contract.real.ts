import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "@jest/globals";
import { etcdRegistry } from "../../../plugins/registry/etcd/index.js";
import { registryContract } from "../../contracts/registry-contract.js";
import { describeContract } from "../../support/describe-contract.js";
import { realRegistryHarness } from "../../support/registry-harness.js";
import { provisioned } from "../support/provisioned.js";
import { realWorld } from "../support/real-world.js";
import { startEtcd, type EtcdServer } from "./etcd-server.js";

/** Of its own where the etcd is somebody else's. */
const prefix = `/plugboard-test/${randomUUID()}/`;
let endpoints: readonly string[];
let etcd: EtcdServer | undefined;
let harnesses = 0;

beforeAll(async () => {
  const { addresses } = provisioned().etcd;
  if (!addresses) etcd = await startEtcd();
  endpoints = addresses ?? etcd!.endpoints;
});
afterAll(() => etcd?.stop());

describeContract(registryContract, () =>
  realRegistryHarness(etcdRegistry({ endpoints, prefix }), realWorld().environment, {
    prefix: `contract-${(harnesses += 1)}`,
    shortestTtlMs: 1_000,
  }),
);
