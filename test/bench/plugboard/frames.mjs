/** The one place that knows how a node announces that it takes Plugboard frames. */

/** A node's metadata without that announcement: its callers speak mucp over HTTP. */
export const withoutFrames = (metadata) =>
  Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== "frames"));
