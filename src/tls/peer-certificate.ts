import type { PeerCertificate as NodeCertificate } from "node:tls";
import type { PeerCertificate } from "../base/peer.js";

type Found = Partial<
  Pick<NodeCertificate, "subject" | "issuer" | "subjectaltname" | "fingerprint256">
>;

/** A verified certificate as Node tells of it; undefined for Node's empty one, which stands for none. */
export function readPeerCertificate(found: Found | undefined): PeerCertificate | undefined {
  const { fingerprint256, subject, issuer, subjectaltname = "" } = found ?? {};
  if (fingerprint256 === undefined) return undefined;
  return {
    subject: commonName(subject),
    names: alternativeNames(subjectaltname),
    fingerprint: fingerprint256,
    issuer: commonName(issuer),
  };
}

/** The types know one; a certificate may have several, of which the last counts as the most specific. */
function commonName(name: { readonly CN?: string | readonly string[] } | undefined): string {
  const found = name?.CN;
  return (typeof found === "string" ? found : found?.at(-1)) ?? "";
}

/** `DNS:a, IP Address:10.0.0.7, URI:"odd, \"quoted\""`: a name with odd characters is a JSON string. */
function alternativeNames(text: string): readonly string[] {
  const names: string[] = [];
  for (const [, kind = "", value = ""] of text.matchAll(
    /([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g,
  )) {
    names.push(`${kind === "IP Address" ? "IP" : kind}:${unquoted(value)}`);
  }
  return names;
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return JSON.parse(value) as string;
  } catch {
    return value; // a stranger's certificate must not throw here
  }
}
