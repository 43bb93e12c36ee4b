/**
 * Takes the padding off base64 under names that end with `-bin`: gRPC asks for that of those who send
 * it, and grpc-js pads. Changes `headers`, and gives them back.
 */
export function unpadded<H extends object>(headers: H): H {
  for (const name in headers) {
    if (!name.endsWith("-bin")) continue;
    const value: unknown = headers[name];
    const bare: unknown = Array.isArray(value) ? value.map(strip) : strip(value);
    Object.assign(headers, { [name]: bare });
  }
  return headers;
}

const strip = (value: unknown): unknown =>
  typeof value === "string" ? value.replace(/={1,2}$/, "") : value;
