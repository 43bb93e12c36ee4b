import { run } from "plugboard";
import { WebModule } from "./app.js";

void run(WebModule).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
