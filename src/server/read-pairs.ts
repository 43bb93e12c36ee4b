/** `zone=a,rack=7` as an object; go-micro's form of node metadata in a setting. Parts without `=` are left out. */
export function readPairs(text: string | undefined): Readonly<Record<string, string>> {
  const pairs: [string, string][] = [];
  for (const part of (text ?? "").split(",")) {
    const at = part.indexOf("=");
    if (at > 0) pairs.push([part.slice(0, at).trim(), part.slice(at + 1).trim()]);
  }
  return Object.fromEntries(pairs);
}
