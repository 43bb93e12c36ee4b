import { NotImplemented } from "../base/errors.js";
import type { BrokerCapabilities } from "./broker.js";

const meaning: Readonly<Record<string, string>> = {
  durable: "messages would not wait for a group that is away",
  redelivery: "a message whose subscriber dies before acknowledging would be lost",
  orderAcrossMembers: "order per key would hold within one process only",
  delay: "a message cannot be held back on its way",
};

/**
 * Refuses what a broker cannot keep, in a sentence that explains it.
 * @throws NotImplemented `broker.capability`, retry `never`.
 */
export function requireCapability(
  broker: { readonly name: string; readonly capabilities: BrokerCapabilities },
  capability: keyof BrokerCapabilities,
  wanted: string,
): void {
  if (broker.capabilities[capability]) return;
  throw new NotImplemented(
    `${wanted} needs "${capability}", which the ${broker.name} broker does not have: ` +
      (meaning[capability] ?? "it knows no such capability"),
    { reason: "broker.capability", retry: "never", data: { broker: broker.name, capability } },
  );
}
