import { run } from "plugboard";
import { GreeterModule } from "./app.js";

void run(GreeterModule).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
