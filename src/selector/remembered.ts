/**
 * What `make` tells of a key, made once for each key and kept as long as the key lives. The one
 * asked for last is found without a look into a table.
 */
export class Remembered<Key extends object, Value> {
  #lastKey: Key | undefined;
  #lastValue: Value | undefined;
  readonly #all = new WeakMap<Key, { readonly value: Value }>();

  constructor(private readonly make: (key: Key) => Value) {}

  of(key: Key): Value {
    return key === this.#lastKey ? (this.#lastValue as Value) : this.#find(key);
  }

  #find(key: Key): Value {
    let entry = this.#all.get(key);
    if (entry === undefined) this.#all.set(key, (entry = { value: this.make(key) }));
    this.#lastKey = key;
    this.#lastValue = entry.value;
    return entry.value;
  }
}
