/** FNV-1a over the text's UTF-16 code units, its bits mixed: equal on every machine. */
export function hashText(text: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    hash = Math.imul(hash ^ (code & 0xff), 0x0100_0193);
    hash = Math.imul(hash ^ (code >>> 8), 0x0100_0193);
  }
  return mix(hash);
}

/** MurmurHash3's finalizer: each bit of the input changes half of the output's. */
export function mix(hash: number): number {
  let mixed = hash | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
