import type { Logger } from "../../../src/spi.js";

/** The one release whose inside is known. */
export const mendedVersion = "2.2.4";

/** kafkajs's queue of requests, as far as it is mended. */
export interface RequestQueuePrototype {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests: (this: RequestQueuePrototype) => void;
}

const mended = new WeakSet<RequestQueuePrototype>();

/**
 * kafkajs 2.2.4 looks after each answer for requests that are held back, and starts a timer even if
 * there are none; that timer does the same. So each connection wakes an idle process about every
 * millisecond, for ever. Mended, it starts the timer only for requests that wait.
 */
export function mendBusyTimer(prototype: RequestQueuePrototype): void {
  if (mended.has(prototype)) return;
  mended.add(prototype);
  const { scheduleCheckPendingRequests: schedule } = prototype;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueuePrototype) {
    if (this.pending.length > 0) schedule.call(this);
  };
}

/** Mends the release that is known, and leaves any other alone. */
export async function mendKafkajs(
  version: string,
  load: () => Promise<RequestQueuePrototype>,
  logger: Logger,
): Promise<void> {
  if (version !== mendedVersion) {
    logger.debug(`kafkajs ${version} is not ${mendedVersion}: its timers are left as they are`);
    return;
  }
  try {
    mendBusyTimer(await load());
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    logger.debug("the timers of kafkajs could not be mended", { error: text });
  }
}
