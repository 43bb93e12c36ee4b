import type { ServiceRecord } from "../../../src/spi.js";
import type { DnsMessage } from "./dns-message.js";
import { unescapeName } from "./dns-name.js";
import { joinAddress } from "./ip-address.js";
import { listing, serviceName } from "./node-records.js";
import { decodeTxt } from "./txt-record.js";

/** One node that a message speaks of. */
export interface NodeNews {
  /** The service with this node alone; its own metadata does not travel. */
  readonly service: ServiceRecord;
  /** The node says goodbye. */
  readonly gone: boolean;
}

interface Instance {
  readonly gone: boolean;
  readonly owner: string;
  srv?: { readonly port: number; readonly target: string };
  address?: Uint8Array | undefined;
  texts?: readonly string[];
}

/**
 * The nodes in a message. An address belongs to the last SRV before it that names its host, as
 * go-micro reads it, since several nodes share a host's name; failing that, to the host. Incomplete and foreign records, and
 * nodes whose TXT speaks of another service, are left out.
 */
export function readNodes({ answers, additionals }: DnsMessage, domain: string): NodeNews[] {
  const instances = new Map<string, Instance>();
  const latestOf = new Map<string, Instance>();
  const addresses = new Map<string, Uint8Array>();
  const records = [...answers, ...additionals];
  for (const { name, ttl, data } of records)
    if (data.kind === "ptr" && name.endsWith(`.${domain}.`))
      instances.set(data.target, { owner: name, gone: ttl === 0 });
  for (const { name, data } of records) {
    const instance = instances.get(name);
    if (instance && data.kind === "txt") instance.texts = data.texts;
    if (instance && data.kind === "srv") {
      instance.srv = data;
      latestOf.set(data.target, instance);
    }
    if (data.kind !== "address") continue;
    addresses.set(name, data.bytes);
    const latest = latestOf.get(name);
    // IPv4 wins where both are given.
    if (latest && (latest.address === undefined || data.bytes.length === 4))
      latest.address = data.bytes;
  }
  for (const instance of instances.values())
    if (instance.srv) instance.address ??= addresses.get(instance.srv.target);
  return [...instances].flatMap(([name, instance]) => {
    const news = toNews(name, instance, domain);
    return news ? [news] : [];
  });
}

function toNews(name: string, instance: Instance, domain: string): NodeNews | undefined {
  const { owner, gone, srv, address, texts } = instance;
  const txt = texts && decodeTxt(texts);
  if (!srv || !address || !txt || srv.port === 0) return undefined;
  if (serviceName(txt.service, domain) !== owner || !name.endsWith(`.${owner}`)) return undefined;
  const { service, version, endpoints, metadata } = txt;
  const id = unescapeName(name.slice(0, -owner.length - 1));
  const node = { id, address: joinAddress(address, srv.port), metadata };
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
