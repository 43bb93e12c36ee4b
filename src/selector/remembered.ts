/**
 * What `make` tells of a key, made once for each key and kept as long as the key lives. The one
 * asked for last is found without a look into a table.
 */
export function remembered<Key extends object, Value>(
  make: (key: Key) => Value,
): (key: Key) => Value {
  const all = new WeakMap<Key, { readonly value: Value }>();
  let lastKey: Key | undefined;
  let last: { readonly value: Value } | undefined;
  return (key) => {
    if (key === lastKey && last) return last.value;
    let entry = all.get(key);
    if (entry === undefined) all.set(key, (entry = { value: make(key) }));
    lastKey = key;
    last = entry;
    return entry.value;
  };
}
