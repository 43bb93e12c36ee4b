import { expect, test } from "@jest/globals";
import { readPeerCertificate, tlsFailure } from "../../../src/spi.js";

const failed = (code: string, message = code) =>
  tlsFailure("10.0.0.7:443", Object.assign(new Error(message), { code }), "test");

test.each([
  ["CERT_HAS_EXPIRED", "certificate-expired"],
  ["CERT_NOT_YET_VALID", "certificate-not-yet-valid"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "certificate-wrong-host"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "certificate-untrusted"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "certificate-untrusted"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "certificate-untrusted"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "certificate-untrusted"],
  ["CERT_REVOKED", "certificate-untrusted"],
  ["INVALID_PURPOSE", "certificate-untrusted"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "not-tls"],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", "not-tls"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls-failed"],
  ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "tls-failed"],
])("%s is the node's: %s, safe to try on another", (code, reason) => {
  const error = failed(code)!;
  expect([error.code, error.reason, error.retry]).toEqual([503, `transport.${reason}`, "safe"]);
  expect(error.message).toContain("10.0.0.7:443");
});

test.each([
  "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
  "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
  "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
  "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
])("%s is this side's, and wrong everywhere", (code) => {
  const error = failed(code)!;
  expect([error.code, error.reason, error.retry]).toEqual([
    401,
    "transport.certificate-required",
    "never",
  ]);
});

test("words stand in where the code says nothing", () => {
  const words = (text: string) => failed("EPROTO", `write EPROTO SSL routines:${text}`)?.reason;
  expect(words("ssl3_get_record:wrong version number")).toBe("transport.not-tls");
  expect(words("ssl3_read_bytes:tlsv13 alert certificate required")).toBe(
    "transport.certificate-required",
  );
  expect(
    failed("ECONNRESET", "Client network socket disconnected before secure TLS connection")?.reason,
  ).toBe("transport.tls-failed");
});

test.each([failed("ECONNREFUSED"), failed("ETIMEDOUT"), tlsFailure("a:1", undefined, "test")])(
  "what is not of TLS is left to others",
  (error) => {
    expect(error).toBeUndefined();
  },
);

test("a certificate is read whatever names it has", () => {
  const read = readPeerCertificate({
    fingerprint256: "AB:CD",
    subject: { C: "", ST: "", L: "", O: "", OU: "", CN: ["inner", "web"] },
    issuer: { C: "", ST: "", L: "", O: "", OU: "", CN: "authority" },
    subjectaltname:
      'DNS:web.test, IP Address:10.0.0.7, URI:"spiffe://a/x, DNS:evil.test", email:a@b.test',
  });
  expect(read).toEqual({
    subject: "web",
    issuer: "authority",
    fingerprint: "AB:CD",
    names: ["DNS:web.test", "IP:10.0.0.7", "URI:spiffe://a/x, DNS:evil.test", "email:a@b.test"],
  });
});

test("a name that is quoted wrongly is taken as it stands", () => {
  expect(
    readPeerCertificate({ fingerprint256: "AB", subjectaltname: 'URI:"\\q", DNS:a.test' })?.names,
  ).toEqual(['URI:"\\q"', "DNS:a.test"]);
});

test("one without names has none, and an empty one is none", () => {
  expect(readPeerCertificate({ fingerprint256: "AB" })).toEqual({
    subject: "",
    issuer: "",
    fingerprint: "AB",
    names: [],
  });
  expect(readPeerCertificate({})).toBeUndefined();
  expect(readPeerCertificate(undefined)).toBeUndefined();
});
