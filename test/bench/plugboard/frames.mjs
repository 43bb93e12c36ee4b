/** The one place that knows how a node announces that it takes Plugboard frames. */

/** Version of a node that speaks mucp over HTTP only. */
const httpOnly = "1";

/** A node's metadata without that announcement. */
export const withoutFrames = (metadata) => ({ ...metadata, plugboard: httpOnly });
