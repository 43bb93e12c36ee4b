import type { Environment, Plugins, Standard } from "../src/index.js";
import {
  Assembly,
  bindClient,
  bindPublisher,
  chooseSlots,
  Client,
  Container,
  describeClient,
  errorClasses,
  logBanner,
  readSettings,
  Server,
  Service,
  slotsOf,
  topicOf,
  type AppOptions,
  type Class,
  type ErrorClass,
  type ServiceInfo,
  type Token,
} from "../src/spi.js";
import { bindService } from "./bind-service.js";
import { checkMethods } from "./check-methods.js";
import { serviceInfo } from "./metadata.js";
import {
  errorsOf,
  exportsOf,
  interceptorsOfKind,
  ownerOf,
  readModules,
  type Faults,
  type ModuleGraph,
  type ModuleNode,
} from "./module-graph.js";
import { Preparation } from "./preparation.js";
import { resolvePlugins } from "./resolve-plugins.js";
import { validateGraph } from "./validate-graph.js";

/** An app with all its parts made, none of them started. */
export interface BuiltApp {
  readonly graph: ModuleGraph;
  readonly service: Service;
  /** Names of the services that it serves. */
  readonly names: readonly string[];
}

/** A service class with what it is called here, and where its instance lives. */
interface Served {
  readonly Class: Class;
  readonly info: ServiceInfo;
  readonly node: ModuleNode;
}

/**
 * Checks everything that can be checked before anything is made, then makes everything.
 * @throws TypeError that lists all faults, each with its path. What had been made is closed again.
 */
export async function buildApp(
  Module: Class,
  plugins: Plugins,
  standard: Standard,
  environment: Environment,
): Promise<BuiltApp> {
  const settings = readSettings(environment.process);
  const root = Container.create();
  const faults: Faults = new Set();
  const graph = readModules(Module, root, faults);
  const chosen = {
    ...resolvePlugins(graph, faults),
    ...slotsOf(plugins, "createApp", graph.root.container),
  };
  const slots = await chooseSlots(chosen, standard, settings, root);
  for (const { services } of graph.modules)
    for (const Class of services) checkMethods(Class, faults);
  validateGraph(graph, slots, faults);
  if (faults.size > 0)
    throw new TypeError(`${graph.root.name} cannot start:\n  ${[...faults].join("\n  ")}`);

  const served = servicesOf(graph, settings.text("SERVER_NAME"));
  if (served.length > 1 && settings.text("SERVER_NAME") !== undefined)
    environment.logger.warn(
      `${settings.source("SERVER_NAME")} is not used: ${graph.root.name} has several services`,
    );
  const errors = errorClasses(errorsOf(graph));
  const app: AppOptions = {
    name: served[0]?.info.name ?? graph.root.name,
    settings,
    errors,
    clientInterceptors: interceptorsOfKind(graph, "clientInterceptors"),
    serverInterceptors: interceptorsOfKind(graph, "interceptors"),
    subscriberInterceptors: interceptorsOfKind(graph, "interceptors"),
  };
  const preparation = new Preparation(() => assembly);
  const assembly: Assembly = new Assembly({
    environment,
    app,
    root,
    slots,
    prepare: (token, container) => preparation.ready(token, nodeOf(graph, container)),
  });
  bindProviders(graph);
  bindRemote(root, errors);
  try {
    const service = await assembly.get(Service);
    const server = await assembly.get(Server);
    for (const node of graph.modules)
      for (const token of node.bindings.keys()) await preparation.ready(token, node);
    for (const node of graph.modules)
      for (const token of node.bindings.keys()) node.container.resolve(token);
    service.init({
      onReady: () => logBanner(environment.logger, app.name, server.address, assembly),
    });
    for (const { Class, info, node } of served) {
      const bound = bindService(Class, node.container.resolve(Class), info);
      for (const definition of bound.handlers) server.handle(server.newHandler(definition));
      for (const definition of bound.subscribers)
        server.subscribe(server.newSubscriber(definition));
      service.init(bound.hooks);
    }
    return { graph, service, names: [...new Set(served.map(({ info }) => info.name))] };
  } catch (error) {
    await assembly.close();
    throw error;
  }
}

/** The services of all modules. A name from outside is meant for the only one. */
function servicesOf(graph: ModuleGraph, name: string | undefined): readonly Served[] {
  const served = graph.modules.flatMap((node) =>
    node.services.flatMap((Class) => {
      const info = serviceInfo(Class);
      return info ? [{ node, Class, info }] : [];
    }),
  );
  if (served.length !== 1 || name === undefined) return served;
  return served.map((one) => ({ ...one, info: { ...one.info, name } }));
}

const nodeOf = (graph: ModuleGraph, container: Container): ModuleNode =>
  graph.modules.find((node) => node.container === container) ?? graph.root;

function bindProviders(graph: ModuleGraph): void {
  for (const node of graph.modules) {
    const { container } = node;
    for (const [token, binding] of node.bindings) {
      if (binding.kind === "class")
        container.bindClass(token as Token<object>, binding.implementation);
      else if (binding.kind === "value") container.bindValue(token, binding.value);
      else
        container.bindLater(
          token,
          "it is made by a factory that has not run yet; ask for it in the constructor, or among a factory's dependencies",
        );
    }
    for (const imported of node.imports) {
      for (const [token] of exportsOf(imported)) {
        const owner = ownerOf(node, token);
        if (owner && owner !== node) container.bindLink(token, owner.container);
      }
    }
  }
}

/** Clients and publishers are made when something asks for them, so they need no provider. */
function bindRemote(root: Container, errors: Map<string, ErrorClass>): void {
  root.onMissing((token) => {
    const description = describeClient(token);
    if (!description && !topicOf(token)) return undefined;
    for (const [type, Class] of errorClasses(description?.errors ?? [])) errors.set(type, Class);
    const Class = token as abstract new () => object;
    const client = root.resolve(Client);
    return description ? bindClient(Class, client) : bindPublisher(Class, client);
  });
}
