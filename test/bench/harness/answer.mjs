/**
 * Answers the requests of the parent process, which come as `{ id, name, value }`. `end` ends the
 * process, and so does the parent's end.
 */
export function serve(handlers) {
  process.on("SIGINT", () => {}); // the parent decides
  process.on("disconnect", () => process.exit());
  process.on("message", async ({ id, name, value }) => {
    try {
      process.send({ id, value: await handlers[name](value) });
    } catch (error) {
      process.send({ id, failure: error instanceof Error ? error.stack : String(error) });
    }
    if (name === "end") process.exit();
  });
}
