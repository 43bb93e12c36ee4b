import type {
  Etcd3,
  IDeleteRangeRequest,
  IDuplexStream,
  IPutRequest,
  IPutResponse,
  IRangeRequest,
  IRangeResponse,
  ITxnRequest,
  IWatchRequest,
  IWatchResponse,
} from "etcd3";
import type { Environment, RpcError } from "../../../src/spi.js";
import { CallProbe, type CallOptions } from "./call-probe.js";
import { clientOptions, type ClientSettings } from "./client-options.js";
import { grpcCode, isUnreachable, statusError, statusOf, unreachable } from "./grpc-status.js";
import { limit, orAborted } from "./limit.js";
import type { Etcd3Module } from "./load-etcd3.js";
import type { TokenKeeper } from "./token-keeper.js";
import { whileAnswering } from "./while-answering.js";

/** Milliseconds that the check of a password may take. */
const passwordMs = 30_000;

/** A stream of watch requests and responses. */
export interface WatchCall {
  readonly stream: IDuplexStream<IWatchRequest, IWatchResponse>;
  /** Why the stream ended, once it has. */
  failure(): RpcError;
  /** Says that etcd may have refused it for its token: the next one gets a new one. */
  refused(): void;
  /** Drops the stream. */
  cancel(): void;
}

/**
 * Calls to one member of etcd, by etcd3 with its fault handling turned off: a call here is one
 * attempt, ended by its signal at the latest. Only an expired token is renewed, once.
 */
export class EtcdClient {
  readonly #etcd: Etcd3;
  /** Of streams for watches. */
  readonly #open = new Set<CallProbe>();
  #heardAt = -Infinity;
  #mute = false;

  constructor(
    { Etcd3 }: Etcd3Module,
    readonly address: string,
    private readonly settings: ClientSettings,
    private readonly tokens: TokenKeeper,
    private readonly environment: Environment,
  ) {
    this.#etcd = new Etcd3(clientOptions(address, settings, environment));
  }

  /** When this member was last heard of, on the monotonic clock. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Whether it did not answer when it was to check a password. */
  get mute(): boolean {
    return this.#mute;
  }

  range(request: IRangeRequest, signal: AbortSignal): Promise<IRangeResponse> {
    return this.#call((options) => this.#etcd.kv.range(request, options), signal);
  }

  put(request: IPutRequest, signal: AbortSignal): Promise<IPutResponse> {
    return this.#call((options) => this.#etcd.kv.put(request, options), signal);
  }

  async remove(request: IDeleteRangeRequest, signal: AbortSignal): Promise<void> {
    await this.#call((options) => this.#etcd.kv.deleteRange(request, options), signal);
  }

  async transaction(request: ITxnRequest, signal: AbortSignal): Promise<void> {
    await this.#call((options) => this.#etcd.kv.txn(request, options), signal);
  }

  /** A lease of so many seconds, or of the shortest time that etcd grants if that is longer. */
  async grantLease(seconds: number, signal: AbortSignal): Promise<string> {
    const grant = (options: CallOptions) =>
      this.#etcd.leaseClient.leaseGrant({ TTL: seconds }, options);
    return (await this.#call(grant, signal)).ID;
  }

  /** Ends a lease, and with it the keys that it holds. */
  async revokeLease(lease: string, signal: AbortSignal): Promise<void> {
    const revoke = (options: CallOptions) =>
      this.#etcd.leaseClient.leaseRevoke({ ID: lease }, options);
    await this.#call(revoke, signal).catch((error: unknown) => {
      if (statusOf(error)?.code !== grpcCode.notFound) throw error;
    });
  }

  /** Keeps leases alive. Resolves with those that etcd does not know any more. */
  keepLeases(leases: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    return this.#call(async (options) => {
      const stream = await this.#etcd.leaseClient.leaseKeepAlive(options);
      return new Promise((resolve, reject) => {
        const waiting = new Set(leases);
        const lost: string[] = [];
        stream.on("data", ({ ID, TTL }) => {
          if (Number(TTL) <= 0) lost.push(ID);
          waiting.delete(ID);
          if (waiting.size > 0) return;
          stream.end();
          resolve(lost);
        });
        stream.on("error", reject);
        stream.on("end", () => reject(new Error("the stream ended early")));
        for (const ID of leases) stream.write({ ID });
      });
    }, signal);
  }

  /** Opens a stream for watches. Nothing has been heard of etcd when it resolves. */
  async watch(signal: AbortSignal): Promise<WatchCall> {
    // A member without a leader ends such a stream instead of keeping quiet.
    const probe = await this.#probe({ hasleader: "true" }, signal);
    const stream = await this.#once(
      (options) => this.#etcd.watchClient.watch(options),
      probe,
      signal,
    );
    const token = this.tokens.current;
    this.#open.add(probe);
    stream.on("data", () => this.#heard());
    return {
      stream,
      failure: () => this.#failure(probe, "the stream ended"),
      refused: () => this.tokens.forget(token),
      cancel: () => {
        this.#open.delete(probe);
        probe.cancel();
      },
    };
  }

  /** Closes the connection and ends its streams; what is under way else is left to its signal. */
  close(): void {
    for (const probe of this.#open) probe.cancel();
    this.#etcd.close();
  }

  async #call<T>(run: (options: CallOptions) => Promise<T>, signal: AbortSignal): Promise<T> {
    const probe = await this.#probe({}, signal);
    const token = this.tokens.current;
    try {
      const answer = await this.#once(run, probe, signal);
      this.#heard();
      return answer;
    } catch (error) {
      if (!this.settings.user || !isStaleToken(error)) throw error;
      this.tokens.forget(token);
      return this.#once(run, await this.#probe({}, signal), signal);
    }
  }

  async #once<T>(
    run: (options: CallOptions) => Promise<T>,
    probe: CallProbe,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      return await orAborted(run(probe.options), signal);
    } catch (error) {
      if (!signal.aborted) throw this.#failure(probe, error);
      probe.cancel();
      throw signal.reason;
    }
  }

  async #probe(headers: Record<string, string>, signal: AbortSignal): Promise<CallProbe> {
    if (!this.settings.user) return new CallProbe(headers);
    const token = await orAborted(
      this.tokens.get(() => this.#authenticate()),
      signal,
    );
    return new CallProbe(token === undefined ? headers : { ...headers, token });
  }

  /**
   * A token; undefined when etcd asks for none. An etcd that has restarted checks the passwords of
   * all its clients at once, which takes it long: one that answers otherwise is given the time.
   */
  async #authenticate(): Promise<string | undefined> {
    const { user, memberTimeoutMs } = this.settings;
    const { name, password } = user ?? { name: "", password: "" };
    const token = this.#atMost(passwordMs, (options) =>
      this.#etcd.auth.authenticate({ name, password }, options),
    ).then(
      (answer) => answer.token,
      (error: unknown) => {
        if (!statusOf(error)?.details.includes("authentication is not enabled")) throw error;
        return undefined;
      },
    );
    const answers = (): Promise<void> => this.#answersWithin(memberTimeoutMs * 0.9);
    return whileAnswering(token, answers, memberTimeoutMs / 3, this.environment.timers);
  }

  /** @throws Unavailable when the member does not answer a question that costs it nothing. */
  async #answersWithin(ms: number): Promise<void> {
    try {
      await this.#atMost(ms, (options) => this.#etcd.maintenance.status(options));
    } catch (error) {
      if (!isUnreachable(error)) return; // refused is an answer, too
      this.#mute = true;
      throw error;
    }
  }

  /** A call without a token that is waited for that long, whoever waits for it. */
  async #atMost<T>(ms: number, run: (options: CallOptions) => Promise<T>): Promise<T> {
    const late = () => unreachable(this.address, `no answer in ${Math.round(ms)} ms`);
    const bound = limit(this.environment.timers, ms, late, []);
    try {
      const answer = await this.#once(run, new CallProbe({}), bound.signal);
      this.#heard();
      return answer;
    } finally {
      bound.end();
    }
  }

  #heard(): void {
    this.#heardAt = this.environment.clock.monotonic();
  }

  #failure(probe: CallProbe, error: unknown): RpcError {
    if (probe.status) return statusError(probe.status, this.address);
    return unreachable(this.address, error instanceof Error ? error.message : String(error), error);
  }
}

/** etcd forgets tokens when it restarts, and refuses those that are older than a change of its users. */
function isStaleToken(error: unknown): boolean {
  const status = statusOf(error);
  if (!status) return false;
  return (
    status.code === grpcCode.unauthenticated ||
    /auth store is old|user name is empty/.test(status.details)
  );
}
