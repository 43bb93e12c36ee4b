/** What every peer's service answers. */
export const hello = ({ name }) => ({ greeting: `Hello ${name}` });
