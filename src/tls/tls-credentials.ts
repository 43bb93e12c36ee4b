import type { Environment, Timer } from "../base/environment.js";
import type { RpcError } from "../base/error.js";
import { OptionError } from "../base/options.js";
import type {
  ClientCertificate,
  Pem,
  TlsConnect,
  TlsListen,
  TlsMaterial,
  TlsOptions,
} from "../base/tls.js";
import { requireTls } from "./require-tls.js";
import { withTlsSettings, type TlsSettings } from "./tls-settings.js";

type World = Pick<Environment, "files" | "logger" | "network" | "timers">;

/** Milliseconds between two looks at the files, unless told otherwise. */
const defaultReloadMs = 5_000;

/**
 * Certificate, key and authorities of one plugin, kept up to date with their files. Connections that
 * exist keep what they began with; what cannot be read or does not fit together leaves everything as
 * it was, and is logged.
 */
export class TlsCredentials {
  readonly #listeners = new Set<(material: TlsMaterial) => void>();
  #timer: Timer | undefined;
  #refreshing: Promise<void> | undefined;
  #closed = false;
  /** What was last complained about, so that it is said once. */
  #complaint = "";

  private constructor(
    private readonly option: string,
    private readonly options: TlsOptions,
    private readonly environment: World,
    private current: TlsMaterial,
  ) {
    if (options.insecureSkipVerify)
      environment.logger.warn(
        `${option}.insecureSkipVerify is on: servers are not verified, and anybody in between can read and change everything`,
      );
    this.#lookLater();
  }

  /**
   * Reads everything for the first time. `option` is the path of the options, such as
   * `httpTransport.tls`; `settings` have the last word. Undefined when nobody asked for TLS.
   * @throws OptionError for options that make no sense, files that cannot be read, and a key that is
   *   not the certificate's.
   */
  static async open(
    option: string,
    tls: TlsOptions | undefined,
    settings: TlsSettings,
    environment: World,
  ): Promise<TlsCredentials | undefined> {
    const options = withTlsSettings(tls, settings);
    if (!options) return undefined;
    requireTls(option, options);
    let material: TlsMaterial;
    try {
      material = await read(options, environment);
      environment.network.secureContext(material);
    } catch (error) {
      throw new OptionError(`${option}: ${wordsOf(error)}`);
    }
    return new TlsCredentials(option, options, environment, material);
  }

  /** Certificate, key and authorities as of now. */
  get material(): TlsMaterial {
    return this.current;
  }

  /** Name that servers' certificates must hold, where that is not their address. */
  get serverName(): string | undefined {
    return this.options.serverName;
  }

  /** Whether servers are verified. */
  get verify(): boolean {
    return this.options.insecureSkipVerify !== true;
  }

  /** What is asked of clients. */
  get clientCertificate(): ClientCertificate {
    return this.options.clientCertificate ?? (this.current.ca ? "required" : "none");
  }

  /** For a connection that is opened now. */
  connect(): TlsConnect {
    return { material: this.current, serverName: this.serverName, verify: this.verify };
  }

  /** For the connections that an address accepts. Without a certificate none gets through. */
  listen(refuse: (error: RpcError) => Uint8Array): TlsListen {
    return {
      material: () => this.current,
      clientCertificate: this.clientCertificate,
      refuse,
    };
  }

  /** Why nobody can connect to this side; undefined where it has a certificate. */
  get unreachable(): string | undefined {
    return this.current.certificate
      ? undefined
      : `${this.option} has no certificate, and nobody can be served without one: set certificate and key, or MICRO_TLS_CERT and MICRO_TLS_KEY`;
  }

  /** Calls `listener` with every renewal; the result takes it back. */
  onChange(listener: (material: TlsMaterial) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks at the files now. Never rejects. */
  refresh(): Promise<void> {
    if (this.#closed || !hasFiles(this.options)) return Promise.resolve();
    return (this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    }));
  }

  /** Looks at the files from now on, again after `close`; it does so from the start. */
  watch(): void {
    if (!this.#closed) return;
    this.#closed = false;
    this.#lookLater();
  }

  /** Looks no more. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#listeners.clear();
  }

  #lookLater(): void {
    if (this.#closed || !hasFiles(this.options)) return;
    this.#timer?.cancel();
    this.#timer = this.environment.timers.after(
      this.options.reloadMs ?? defaultReloadMs,
      () => void this.refresh().then(() => this.#lookLater()),
      { background: true },
    );
  }

  async #refresh(): Promise<void> {
    const { environment, option } = this;
    const { logger, network } = environment;
    try {
      const found = await read(this.options, environment);
      if (!differ(found, this.current)) return;
      network.secureContext(found);
      this.current = found;
    } catch (error) {
      const complaint = wordsOf(error);
      if (complaint !== this.#complaint)
        logger.warn(`${option}: the certificates that were loaded stay in use: ${complaint}`);
      this.#complaint = complaint;
      return;
    }
    this.#complaint = "";
    logger.info(`${option}: the certificates were renewed`);
    for (const listener of [...this.#listeners]) listener(this.current);
  }
}

const hasFiles = ({ certificateFile, keyFile, caFile }: TlsOptions): boolean =>
  certificateFile !== undefined || keyFile !== undefined || caFile !== undefined;

async function read(options: TlsOptions, { files }: Pick<World, "files">): Promise<TlsMaterial> {
  const one = async (
    pem: Pem | undefined,
    path: string | undefined,
  ): Promise<Uint8Array | undefined> => {
    if (path === undefined) return pem === undefined ? undefined : Buffer.from(pem as Uint8Array);
    try {
      return await files.read(path);
    } catch (error) {
      throw new Error(`${path} cannot be read: ${wordsOf(error)}`, { cause: error });
    }
  };
  const [certificate, key, ca] = await Promise.all([
    one(options.certificate, options.certificateFile),
    one(options.key, options.keyFile),
    one(options.ca, options.caFile),
  ]);
  return { certificate, key, ca, minVersion: options.minVersion ?? "TLSv1.2" };
}

function differ(one: TlsMaterial, other: TlsMaterial): boolean {
  return (["certificate", "key", "ca"] as const).some((name) => {
    const [a, b] = [one[name], other[name]];
    return a && b ? Buffer.compare(a, b) !== 0 : a !== b;
  });
}

/** The system's words; never a key. */
function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
