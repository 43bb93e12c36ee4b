import {
  descriptorTypes,
  fileDescriptors,
  type Codec,
  type FileDescriptor,
  type PackagedService,
} from "../../../src/spi.js";

/** The files that describe services, by name and by what is in them. */
export class DescribedFiles {
  /** Full names of the services. */
  readonly services: readonly string[];
  readonly #byName = new Map<string, FileDescriptor>();
  readonly #bySymbol = new Map<string, FileDescriptor>();

  /** @throws OptionError as {@link fileDescriptors}. */
  constructor(
    services: readonly PackagedService[],
    private readonly codec: Codec,
  ) {
    this.services = services
      .map((service) => (service.package ? `${service.package}.${service.name}` : service.name))
      .sort();
    for (const file of fileDescriptors(services)) {
      this.#byName.set(file.name, file);
      for (const symbol of file.symbols) this.#bySymbol.set(symbol, file);
    }
  }

  /** The file of that name. */
  named(name: string): FileDescriptor | undefined {
    return this.#byName.get(name);
  }

  /** The file that declares a message, an enum, a service or a method. */
  declaring(symbol: string): FileDescriptor | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** A file and all that it imports, as far as they were not `sent` before, each as its bytes. */
  bytesOf(file: FileDescriptor, sent: Set<string>): Uint8Array[] {
    const files: FileDescriptor[] = [];
    const visit = (each: FileDescriptor): void => {
      if (files.includes(each) || (each !== file && sent.has(each.name))) return;
      files.push(each);
      for (const name of each.dependencies) visit(this.#byName.get(name)!);
    };
    visit(file);
    return files.map(({ name, value }) => {
      sent.add(name);
      return this.codec.write({}, "response", value, descriptorTypes.FileDescriptorProto);
    });
  }
}
