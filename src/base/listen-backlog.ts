/**
 * Connections that wait to be accepted, at most; the system cuts that down to what it allows (4,096 on Linux 5.4 and
 * later). Node's own 511 is full when a thousand callers come back in the same moment, and those who find it full
 * try again a second later. Go's listeners ask for what the system allows, too.
 */
export const listenBacklog = 65_535;
