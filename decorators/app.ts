import type { Environment, Plugins, RunOptions, Standard, StopReport } from "../src/index.js";
import {
  Ambient,
  AppOptions,
  Assembly,
  bindClient,
  bindPublisher,
  Broker,
  chooseSlots,
  Client,
  Codecs,
  Container,
  dependenciesOf,
  describeClient,
  errorClasses,
  logBanner,
  readSettings,
  Registry,
  RegistryCache,
  Selector,
  Server,
  Service,
  slotsOf,
  topicOf,
  Transport,
  type Class,
  type ErrorClass,
  type Token,
} from "../src/spi.js";
import { bindService, checkMethods } from "./bind-service.js";
import { serviceInfo } from "./metadata.js";
import {
  bindsItself,
  errorsOf,
  exportsOf,
  interceptorsOfKind,
  ownerOf,
  readModules,
  type Binding,
  type ModuleGraph,
  type ModuleNode,
} from "./module-graph.js";
import { resolvePlugins } from "./resolve-plugins.js";
import { validateGraph } from "./validate-graph.js";

/** What `createApp` and `run` take beside the module. */
export interface AppSettings {
  /** The world to run in; the real one when left out. */
  readonly environment?: Environment;
  /** Plugins that win over every module's: for tests, and for scripts that run an app elsewhere. */
  readonly plugins?: Plugins;
}

/** What the assembly provides by itself. */
const contracts: ReadonlySet<Token<unknown>> = new Set<Token<unknown>>([
  Ambient,
  AppOptions,
  Broker,
  Client,
  Codecs,
  Registry,
  RegistryCache,
  Selector,
  Server,
  Service,
  Transport,
]);

const needsOf = (binding: Binding): readonly Token<unknown>[] => {
  if (binding.kind === "value") return [];
  if (binding.kind === "factory") return binding.factory.dependencies;
  return dependenciesOf(binding.implementation).flatMap((dependency) =>
    "token" in dependency ? [dependency.token] : [],
  );
};

/** An app made from a module. */
export interface App extends AsyncDisposable {
  /** Builds and starts everything. @throws the first failure; nothing is left running. */
  start(): Promise<this>;
  /** Drains and stops, in reverse order. Idempotent. @throws AggregateError of all failures. */
  stop(): Promise<StopReport>;
  /** Resolves when the app has stopped, by a signal or by `stop`. */
  readonly stopped: Promise<StopReport>;
  /** `host:port` that others are told. Ready once started. */
  readonly address: string;
  /** Names of the services that it serves. */
  readonly services: readonly string[];
  /** An instance from the root module's view: a provider, a service, a client, a contract. Ready once started. */
  get<T>(token: Token<T>): T;
}

/** Binds modules, container and assembly into one app. */
export class ModuleApp implements App {
  readonly #root = Container.create();
  readonly #prepared = new Map<ModuleNode, Map<Token<unknown>, Promise<void>>>();
  readonly #environment: Environment;
  readonly stopped: Promise<StopReport>;
  #resolveStopped: (report: Promise<StopReport>) => void = () => {};
  #starting: Promise<this> | undefined;
  #graph: ModuleGraph | undefined;
  #service: Service | undefined;

  constructor(
    private readonly Module: Class,
    private readonly standard: Standard,
    private readonly settings: AppSettings,
    private readonly runOptions: RunOptions,
  ) {
    this.#environment = settings.environment ?? standard.environment();
    this.stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
    this.stopped.catch(() => {});
  }

  get address(): string {
    return this.#started().server.address;
  }

  get services(): readonly string[] {
    return [...new Set(this.#serviceClasses().map(({ Service }) => serviceInfo(Service)!.name))];
  }

  #serviceClasses(): readonly { readonly node: ModuleNode; readonly Service: Class }[] {
    const { modules } = this.#graph ?? readModules(this.Module, this.#root);
    return modules.flatMap((node) =>
      (node.options.services ?? []).map((Service) => ({ node, Service })),
    );
  }

  get<T>(token: Token<T>): T {
    const { root } = this.#graph ?? {};
    this.#started();
    return (ownerOf(root!, token as Token<unknown>) ?? root!).container.resolve(token);
  }

  #started(): Service {
    if (!this.#service)
      throw new Error(`${this.Module.name} has not been started: await app.start() first`);
    return this.#service;
  }

  start(): Promise<this> {
    return (this.#starting ??= this.#start());
  }

  async #start(): Promise<this> {
    const service = await this.#build();
    this.#service = service;
    if (this.runOptions.signals) {
      const running = service.run();
      running.catch(() => {});
      this.#resolveStopped(running);
    }
    await service.start();
    return this;
  }

  async stop(): Promise<StopReport> {
    const stopping = this.#service ? this.#service.stop() : Promise.resolve({ cut: 0 });
    this.#resolveStopped(stopping);
    return stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #build(): Promise<Service> {
    const environment = this.#environment;
    const settings = readSettings(environment.process);
    const graph = (this.#graph = readModules(this.Module, this.#root));
    const services = this.#serviceClasses();
    for (const { Service } of services) if (serviceInfo(Service)) checkMethods(Service);
    const chosen = {
      ...resolvePlugins(graph),
      ...slotsOf(this.settings.plugins ?? {}, "createApp", graph.root.container),
    };
    // Contracts are told apart before anything is built, by an assembly's list alone.
    const facts = validateGraph(graph, (token) => contracts.has(token));
    const only = services.length === 1 ? settings.text("SERVER_NAME") : undefined;
    const first = services[0] && serviceInfo(services[0].Service)?.name;
    const errors = errorClasses(errorsOf(graph));
    const app: AppOptions = {
      name: only ?? first ?? this.Module.name,
      settings,
      errors,
      clientInterceptors: interceptorsOfKind(graph, "clientInterceptors"),
      serverInterceptors: interceptorsOfKind(graph, "interceptors"),
      subscriberInterceptors: interceptorsOfKind(graph, "interceptors"),
    };
    const slots = await chooseSlots(chosen, this.standard, settings, this.#root);
    const assembly: Assembly = new Assembly({
      environment,
      app,
      root: this.#root,
      slots,
      prepare: (token, container) => this.#prepare(token, this.#nodeOf(container), assembly),
    });
    if (facts.observes) assembly.ambient.observe();
    for (const node of graph.modules) this.#bind(node);
    const service = await assembly.get(Service);
    this.#bindRemote(await assembly.get(Client), assembly, errors);
    for (const node of graph.modules) {
      for (const token of node.bindings.keys()) await this.#prepare(token, node, assembly);
    }
    const server = await assembly.get(Server);
    service.init({
      onReady: () => logBanner(environment.logger, app.name, server.address, assembly),
    });
    for (const node of graph.modules) {
      for (const token of node.bindings.keys()) node.container.resolve(token);
    }
    for (const { node, Service: Class } of services) {
      const info = serviceInfo(Class)!;
      const bound = bindService(
        node.container.resolve(Class) as object,
        only ? { ...info, name: only } : info,
      );
      for (const definition of bound.handlers) server.handle(server.newHandler(definition));
      for (const definition of bound.subscribers)
        server.subscribe(server.newSubscriber(definition));
      service.init(bound.hooks);
    }
    return service;
  }

  #nodeOf(container: Container): ModuleNode {
    return this.#graph!.modules.find((node) => node.container === container) ?? this.#graph!.root;
  }

  #bind(node: ModuleNode): void {
    for (const [token, binding] of node.bindings) {
      if (binding.kind === "class")
        node.container.bindClass(token as Token<object>, binding.implementation);
      else if (binding.kind === "value") node.container.bindValue(token, binding.value);
    }
    for (const imported of node.imports) {
      for (const [token] of exportsOf(imported)) {
        const owner = ownerOf(node, token);
        if (owner && owner !== node) node.container.bindLink(token, owner.container);
      }
    }
  }

  /** Clients and publishers are made when something asks for them, so they need no provider. */
  #bindRemote(client: Client, assembly: Assembly, errors: Map<string, ErrorClass>): void {
    this.#root.onMissing((token) => {
      const description = describeClient(token);
      if (!description && !topicOf(token)) return undefined;
      assembly.ambient.observe();
      for (const [type, Class] of errorClasses(description?.errors ?? [])) errors.set(type, Class);
      const Class = token as abstract new () => object;
      return description ? bindClient(Class, client) : bindPublisher(Class, client);
    });
  }

  /** Awaits the async factories that `token` needs, in the order of their needs. */
  #prepare(token: Token<unknown>, node: ModuleNode, assembly: Assembly): Promise<void> {
    const owner = ownerOf(node, token);
    if (!owner)
      return assembly.builds(token) ? assembly.get(token).then(() => {}) : Promise.resolve();
    let tokens = this.#prepared.get(owner);
    if (!tokens) this.#prepared.set(owner, (tokens = new Map()));
    let preparing = tokens.get(token);
    if (!preparing) tokens.set(token, (preparing = this.#prepareOwn(token, owner, assembly)));
    return preparing;
  }

  async #prepareOwn(token: Token<unknown>, owner: ModuleNode, assembly: Assembly): Promise<void> {
    const binding = owner.bindings.get(token)!;
    if (binding.kind === "value") return;
    for (const need of needsOf(binding)) {
      if (!bindsItself(need)) await this.#prepare(need, owner, assembly);
    }
    if (binding.kind !== "factory") return;
    const values = binding.factory.dependencies.map((need) => owner.container.resolve(need));
    owner.container.bindValue(token, await binding.factory.useFactory(...(values as never[])));
  }
}
