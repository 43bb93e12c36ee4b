import type { Chance } from "../chance.js";
import { httpBytes, type HttpParts } from "../wire/http-message.js";
import { mutateBytes } from "./bytes.js";
import { mutateHttp } from "./http.js";
import { mutateList } from "./lists.js";

/** Answers, some of them with faults, as bytes. */
export function mutatedAnswers(answers: readonly HttpParts[], chance: Chance): Buffer {
  let changed: readonly HttpParts[] = answers;
  if (chance.once(6)) changed = mutateList(changed, chance);
  if (changed.length > 0 && !chance.once(8)) {
    const at = chance.below(changed.length);
    changed = changed.with(at, mutateHttp(changed[at]!, chance));
  }
  const bytes = Buffer.concat(changed.map(httpBytes));
  return chance.once(6) ? mutateBytes(bytes, chance, 1 + chance.below(3)) : bytes;
}

const post = Buffer.from("POST ");

/** One request for each `POST` in the bytes. */
export function postsIn(asked: Buffer): { readonly number: number }[] {
  const found: { readonly number: number }[] = [];
  for (let at = asked.indexOf(post); at >= 0; at = asked.indexOf(post, at + 1))
    found.push({ number: 0 });
  return found;
}
