import type { Files } from "../../src/base/environment.js";
import { systemError } from "./virtual-connection.js";

/** The files of one process, in memory. */
export class VirtualFiles implements Files {
  private readonly contents = new Map<string, Uint8Array>();

  /** Writes a file; undefined removes it. */
  set(path: string, contents: string | Uint8Array | undefined): void {
    if (contents === undefined) this.contents.delete(path);
    else this.contents.set(path, Buffer.from(contents as Uint8Array));
  }

  async read(path: string): Promise<Uint8Array> {
    const found = this.contents.get(path);
    if (!found) throw systemError("ENOENT", `open '${path}'`);
    return found.slice();
  }
}
