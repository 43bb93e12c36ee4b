import { BadRequest, newMetadata, type MutableMetadata } from "../../../src/spi.js";
import { isFraming, isToken } from "./http-names.js";

/** A head as it was read: what it says of the message, and how its body is framed. */
export interface HttpHead {
  /** For requests. */
  readonly method: string;
  /** For responses; 0 for requests. */
  readonly status: number;
  readonly reason: string;
  /** Message headers: names in lower case, the first value of each, framing left out. */
  readonly headers: MutableMetadata;
  /** Bytes of the body; undefined when it is chunked or not told. */
  readonly length: number | undefined;
  readonly chunked: boolean;
  /** The connection is not to be used after this message. */
  readonly close: boolean;
  readonly expectsContinue: boolean;
}

/** The error of bytes that are no HTTP. */
export const malformed = (what: string): BadRequest =>
  new BadRequest(`malformed HTTP: ${what}`, {
    id: "plugboard.transport.http",
    reason: "transport.malformed",
    retry: "never",
  });

const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/;
const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
// eslint-disable-next-line no-control-regex -- control characters are what it finds
const control = /[\x00-\x08\x0a-\x1f\x7f]/;
// eslint-disable-next-line no-control-regex -- so is all that is not ASCII
const beyondAscii = /[^\x00-\x7f]/;

interface Framing {
  length: number | undefined;
  chunked: boolean;
  connection: string;
  expectsContinue: boolean;
}

/**
 * Reads a head, given as latin1 without its closing empty line. Lines end with CRLF alone; a bare CR
 * or LF, a folded line, a control character, a second Content-Length, and Content-Length beside
 * Transfer-Encoding are refused, since each has been used to smuggle requests.
 * @throws BadRequest `transport.malformed`.
 */
export function readHead(text: string, kind: "request" | "response"): HttpHead {
  const lines = text.split("\r\n");
  const first = lines[0] ?? "";
  const match = kind === "request" ? requestLine.exec(first) : statusLine.exec(first);
  if (!match) throw malformed(`${kind} line ${JSON.stringify(first.slice(0, 80))}`);
  const minor = kind === "request" ? match[3] : match[1];
  const headers = newMetadata();
  const framing: Framing = { length: undefined, chunked: false, connection: "", expectsContinue: false };
  for (let index = 1; index < lines.length; index++) readLine(lines[index] ?? "", headers, framing);
  if (framing.chunked && framing.length !== undefined)
    throw malformed("Content-Length beside Transfer-Encoding");
  if (framing.chunked && minor === "0") throw malformed("Transfer-Encoding in HTTP/1.0");
  const words = framing.connection.split(",").map((word) => word.trim());
  return {
    method: kind === "request" ? (match[1] ?? "") : "",
    status: kind === "response" ? Number(match[2]) : 0,
    reason: kind === "response" ? (match[3] ?? "") : "",
    headers,
    length: framing.length,
    chunked: framing.chunked,
    close: words.includes("close") || (minor === "0" && !words.includes("keep-alive")),
    expectsContinue: framing.expectsContinue && minor === "1",
  };
}

function readLine(line: string, headers: MutableMetadata, framing: Framing): void {
  const colon = line.indexOf(":");
  const written = line.slice(0, Math.max(0, colon));
  // A line that begins with a space would be a folded one; its "name" is no token either.
  if (colon <= 0 || !isToken(written)) throw malformed(`header line ${JSON.stringify(line.slice(0, 80))}`);
  const value = line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, "");
  if (control.test(value)) throw malformed(`a control character in header ${written}`);
  const name = written.toLowerCase();
  if (isFraming(name)) readFraming(name, value, framing);
  else
    headers[name] ??= beyondAscii.test(value) ? Buffer.from(value, "latin1").toString("utf8") : value;
}

function readFraming(name: string, value: string, framing: Framing): void {
  if (name === "content-length") {
    if (framing.length !== undefined) throw malformed("two Content-Length headers");
    if (!/^\d{1,15}$/.test(value)) throw malformed(`Content-Length ${JSON.stringify(value.slice(0, 40))}`);
    framing.length = Number(value);
  } else if (name === "transfer-encoding") {
    if (framing.chunked || value.toLowerCase() !== "chunked")
      throw malformed(`Transfer-Encoding ${JSON.stringify(value.slice(0, 40))}`);
    framing.chunked = true;
  } else if (name === "connection") {
    framing.connection += `${framing.connection ? "," : ""}${value.toLowerCase()}`;
  } else if (name === "expect") {
    framing.expectsContinue = value.toLowerCase() === "100-continue";
  }
}
