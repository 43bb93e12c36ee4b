import type { ServiceRecord } from "../../../src/spi.js";
import type { DnsMessage } from "./dns-message.js";
import { unescapeName } from "./dns-name.js";
import { joinAddress } from "./ip-address.js";
import { listing, serviceName } from "./node-records.js";
import { decodeTxt, txtBudget, type TxtBudget } from "./txt-record.js";

/** One node that a message speaks of. */
export interface NodeNews {
  /** The service with this node alone; its own metadata does not travel. */
  readonly service: ServiceRecord;
  /** The node says goodbye. */
  readonly gone: boolean;
}

interface Instance {
  readonly gone: boolean;
  readonly port: number;
  readonly host: string;
  address: Uint8Array | undefined;
}

/**
 * The nodes in a message, each known by its SRV: go-micro's answers have a PTR, its announcements have
 * none. An address belongs to the last SRV before it that names its host, as go-micro reads it, since
 * several nodes share a host's name; failing that, to the host. Incomplete and foreign records, and
 * nodes whose TXT speaks of another service, are left out.
 */
export function readNodes({ answers, additionals }: DnsMessage, domain: string): NodeNews[] {
  const instances = new Map<string, Instance>();
  const latestOf = new Map<string, Instance>();
  const addresses = new Map<string, Uint8Array>();
  const texts = new Map<string, readonly string[]>();
  for (const { name, ttl, data } of [...answers, ...additionals]) {
    if (data.kind === "txt") texts.set(name, data.texts);
    if (data.kind === "srv") {
      const { port, target: host } = data;
      const instance = { gone: ttl === 0, port, host, address: undefined };
      instances.set(name, instance);
      latestOf.set(host, instance);
    }
    if (data.kind !== "address") continue;
    addresses.set(name, data.bytes);
    const latest = latestOf.get(name);
    // IPv4 wins where both are given.
    if (latest && (latest.address === undefined || data.bytes.length === 4))
      latest.address = data.bytes;
  }
  const budget = txtBudget();
  return [...instances].flatMap(([name, instance]) => {
    instance.address ??= addresses.get(instance.host);
    const news = toNews(name, instance, texts.get(name) ?? [], domain, budget);
    return news ? [news] : [];
  });
}

function toNews(
  name: string,
  { gone, port, address }: Instance,
  texts: readonly string[],
  domain: string,
  budget: TxtBudget,
): NodeNews | undefined {
  if (!address || port === 0) return undefined;
  const txt = decodeTxt(texts, budget);
  if (!txt) return undefined;
  const { service, version, endpoints, metadata } = txt;
  const owner = `.${serviceName(service, domain)}`;
  const id = unescapeName(name.slice(0, -owner.length));
  if (!name.endsWith(owner) || id === "") return undefined;
  const node = { id, address: joinAddress(address, port), metadata };
  return { service: { name: service, version, metadata: {}, endpoints, nodes: [node] }, gone };
}

/** The names of services that an answer to the listing question holds. */
export function readServices({ answers, additionals }: DnsMessage, domain: string): string[] {
  const owner = serviceName(listing, domain);
  return [...answers, ...additionals].flatMap(({ name, ttl, data }) =>
    data.kind === "ptr" && name === owner && ttl > 0 && data.target.endsWith(`.${owner}`)
      ? [unescapeName(data.target.slice(0, -owner.length - 1))]
      : [],
  );
}
