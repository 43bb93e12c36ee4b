import type { Selection, Selector, SelectNext, SelectOptions } from "../../../src/spi.js";

/** A selector with one promise broken, and the clause that must notice. */
export interface SelectorMutant {
  readonly name: string;
  /** Title of the clause that fails. */
  readonly kills: string;
  /** Breaks a sound selector. */
  readonly mutate: (selector: Selector) => Selector;
}

/** The selector with some of its members replaced. */
export const wrap = (selector: Selector, parts: Partial<Selector>): Selector => ({
  name: selector.name,
  select: (service, options) => selector.select(service, options),
  mark: (service, node, outcome) => selector.mark(service, node, outcome),
  reset: (service) => selector.reset(service),
  close: () => selector.close(),
  ...parts,
});

/** The selector whose draws are changed; `change` is made anew for each selection. */
export const withNext =
  (change: (next: SelectNext, service: string) => SelectNext) =>
  (selector: Selector): Selector =>
    wrap(selector, {
      select: (service, options) => {
        const next = selector.select(service, options);
        return next instanceof Promise
          ? next.then((found) => change(found, service))
          : change(next, service);
      },
    });

/** The selector that gets other options. */
export const withOptions =
  (change: (options: SelectOptions) => SelectOptions) =>
  (selector: Selector): Selector =>
    wrap(selector, {
      select: (service, options = {}) => selector.select(service, change(options)),
    });

/** Options without one of them. */
export const without =
  (name: keyof SelectOptions) =>
  (options: SelectOptions): SelectOptions =>
    Object.fromEntries(Object.entries(options).filter(([key]) => key !== name));

/** The draw, tried until `accept` likes what it drew or chance has had enough. */
export function redraw(draw: () => Selection, accept: (drawn: Selection) => boolean): Selection {
  let drawn = draw();
  for (let count = 0; count < 1_000 && !accept(drawn); count++) drawn = draw();
  return drawn;
}
