import { deflateSync } from "node:zlib";
import {
  encodeMessage,
  queryFlags,
  responseFlags,
  type DnsMessage,
  type DnsRecord,
} from "../../../plugins/registry/mdns/dns-message.js";
import type { DnsData } from "../../../plugins/registry/mdns/dns-data.js";
import type { Chance } from "../chance.js";
import { mutateBytes, splice } from "../mutate/bytes.js";
import { mutateJson } from "../mutate/json.js";
import { mutateList } from "../mutate/lists.js";
import { edgeNumbers } from "../mutate/numbers.js";

const ask = (name: string): DnsMessage => ({
  id: 0,
  flags: queryFlags,
  questions: [{ name, type: 12, class: 1 }],
  answers: [],
  authorities: [],
  additionals: [],
});

/** What go-micro puts into a TXT record, with a fault in its JSON, its packing, or neither. */
function texts(service: string, chance: Chance): string[] {
  const json = `{"Service":"${service}","Version":"1","Endpoints":[{"name":"T.Echo","request":{"name":"R","type":"R","values":[{"name":"a","type":"string","values":null}]},"response":null,"metadata":{"stream":"true"}}],"Metadata":{"protocol":"mucp"}}`;
  const plain = chance.once(2) ? mutateJson(json, chance) : Buffer.from(json);
  const packed = deflateSync(plain, { level: 1 });
  const hex = (chance.once(4) ? mutateBytes(packed, chance) : packed).toString("hex");
  return hex.match(/.{1,255}/g) ?? [];
}

function announcement(chance: Chance): DnsMessage {
  const service = chance.of(["fuzz", "other", `s${chance.below(1_000_000)}`]);
  const owner = `${service}.micro.`;
  const instance = `node-${chance.below(100_000)}.${owner}`;
  const ttl = chance.of([120, 120, 0, 1, 0xffff_ffff]);
  const record = (name: string, data: DnsData): DnsRecord => ({ name, class: 1, ttl, data });
  let answers = [
    record(owner, { kind: "ptr", target: instance }),
    record(instance, {
      kind: "srv",
      priority: 10,
      weight: 1,
      port: chance.of([0, 1, 8_080, 65_535]),
      target: "host.",
    }),
    record("host.", { kind: "address", bytes: new Uint8Array(chance.of([4, 16])).fill(1) }),
    record(instance, { kind: "txt", texts: texts(service, chance) }),
  ];
  if (chance.once(2)) answers = mutateList(answers, chance);
  return { ...ask(owner), flags: responseFlags, questions: [], answers };
}

const message = (chance: Chance): DnsMessage =>
  chance.once(3)
    ? ask(chance.of(["fuzz.micro.", "_services.micro.", "other.micro.", "."]))
    : announcement(chance);

/** Counts, pointers and lengths that lie. */
function lie(bytes: Buffer, chance: Chance): Buffer {
  if (bytes.length < 14) return bytes;
  if (chance.once(2))
    bytes.writeUInt16BE(chance.of(edgeNumbers) & 0xffff, chance.of([2, 4, 6, 8, 10]));
  else
    bytes.writeUInt16BE(0xc000 | chance.below(bytes.length), 12 + chance.below(bytes.length - 13));
  return bytes;
}

/** A mutated datagram. */
export function mdnsDatagram(chance: Chance): Buffer {
  let bytes = encodeMessage(message(chance));
  if (chance.once(20)) bytes = splice(bytes, encodeMessage(message(chance)), chance);
  if (chance.once(2)) bytes = lie(bytes, chance);
  if (chance.once(2)) bytes = mutateBytes(bytes, chance, 1 + chance.below(3));
  return bytes.subarray(0, 65_507);
}

/** The question of a probe, and the name that its answer says. */
export const mdnsProbe: Buffer = encodeMessage(ask("probe.micro."));
