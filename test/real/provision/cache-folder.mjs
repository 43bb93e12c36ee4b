// Where downloads are kept.
import { homedir } from "node:os";
import { join } from "node:path";

export function cacheFolder() {
  const { PLUGBOARD_CACHE, XDG_CACHE_HOME } = process.env;
  return PLUGBOARD_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "plugboard");
}
