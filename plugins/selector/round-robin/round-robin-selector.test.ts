import { selectorContract } from "../../../test/contracts/selector-contract.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { virtualSelectorHarness } from "../../../test/support/selector-harness.js";
import { roundRobinSelector } from "./index.js";

describeContract(selectorContract, () => virtualSelectorHarness(roundRobinSelector()));
