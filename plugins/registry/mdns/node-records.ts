import {
  BadRequest,
  ContentTooLarge,
  type EndpointRecord,
  type ServiceNode,
  type ServiceRecord,
} from "../../../src/spi.js";
import { dnsType } from "./dns-data.js";
import { encodeMessage, responseFlags, type DnsQuestion, type DnsRecord } from "./dns-message.js";
import { escapeName } from "./dns-name.js";
import { ipv4Bytes, splitAddress } from "./ip-address.js";
import { encodeTxt } from "./txt-record.js";

/** Bytes of a packet that one Ethernet frame carries with room for tunnels. */
const comfortableBytes = 1_400;
/** Bytes of a UDP packet over IPv4. */
const maxBytes = 65_507;
/** Seconds. Nobody counts them; 0 says goodbye. */
const lifetimeSeconds = 120;
/** Class IN, without the cache-flush bit. */
export const internetClass = 1;
/** The service that answers who else is there. */
export const listing = "_services";

/** The name that a service is asked for by. */
export const serviceName = (service: string, domain: string): string =>
  `${escapeName(service)}.${domain}.`;

/** The question for the nodes of a service, or with {@link listing} for the services. */
export const questionFor = (name: string): DnsQuestion => ({
  name,
  type: dnsType.ptr,
  class: internetClass,
});

/** What a responder needs to tell of one node. */
export interface NodeAnswer {
  /** The packet that answers a question, which goes before the answer. */
  packet(question: DnsQuestion): Buffer;
  /** The packet that tells everybody; with `goodbye` it takes the node back. */
  announcement(goodbye?: boolean): Buffer;
}

/**
 * The records of a node: PTR, SRV, address, TXT, in the order that go-micro's client counts on.
 * @throws BadRequest for an address that is no `IP:port` (`registry.address`) or a name that DNS has
 *   no room for, ContentTooLarge (`registry.too-large`) for more than one packet.
 */
export function nodeAnswer(
  service: ServiceRecord,
  node: ServiceNode,
  domain: string,
  host: string,
): NodeAnswer {
  const address = splitAddress(node.address);
  if (address === undefined)
    throw new BadRequest(
      `node ${node.id}: mDNS carries IP addresses with a port, and ${JSON.stringify(node.address)} is none; advertise one`,
      { reason: "registry.address", retry: "never" },
    );
  const owner = serviceName(service.name, domain);
  const instance = `${escapeName(node.id)}.${owner}`;
  const describe = (
    endpoints: readonly EndpointRecord[],
  ): { readonly answer: NodeAnswer; readonly size: number } => {
    const { name, version } = service;
    const texts = encodeTxt({ service: name, version, endpoints, metadata: node.metadata });
    const answer = packets(owner, instance, host, address, texts);
    // More text than a packet has room for cannot even be written.
    const textBytes = texts.reduce((sum, text) => sum + text.length + 1, 0);
    const size = textBytes > maxBytes ? textBytes : answer.packet(questionFor(owner)).length;
    return { answer, size };
  };
  const full = describe(service.endpoints);
  if (full.size <= comfortableBytes) return full.answer;
  const brief = service.endpoints.map(({ name, metadata }) => ({ name, metadata }));
  const { answer, size } = describe(brief);
  if (size <= maxBytes) return answer;
  throw new ContentTooLarge(
    `node ${node.id}: its mDNS record is ${size} bytes, a packet carries ${maxBytes}; give it less metadata or fewer endpoints`,
    { reason: "registry.too-large", retry: "never", data: { bytes: size, limit: maxBytes } },
  );
}

/** The records by which a service is listed: port 9999, no address, as go-micro writes them. */
export function listingAnswer(service: string, domain: string, host: string): NodeAnswer {
  const owner = serviceName(listing, domain);
  const address = { host: ipv4Bytes("0.0.0.0") ?? new Uint8Array(4), port: 9_999 };
  return packets(owner, `${escapeName(service)}.${owner}`, host, address, []);
}

function packets(
  owner: string,
  instance: string,
  host: string,
  address: { readonly host: Uint8Array; readonly port: number },
  texts: readonly string[],
): NodeAnswer {
  const records = (ttl: number): DnsRecord[] => {
    const common = { class: internetClass, ttl };
    const { port, host: bytes } = address;
    return [
      { ...common, name: owner, data: { kind: "ptr", target: instance } },
      {
        ...common,
        name: instance,
        data: { kind: "srv", priority: 10, weight: 1, port, target: host },
      },
      { ...common, name: host, data: { kind: "address", bytes } },
      { ...common, name: instance, data: { kind: "txt", texts } },
    ];
  };
  const response = (ttl: number, questions: readonly DnsQuestion[]): Buffer =>
    encodeMessage({
      id: 0,
      flags: responseFlags,
      questions,
      answers: records(ttl),
      authorities: [],
      additionals: [],
    });
  return {
    packet: (question) => response(lifetimeSeconds, [question]),
    announcement: (goodbye = false) => response(goodbye ? 0 : lifetimeSeconds, []),
  };
}
