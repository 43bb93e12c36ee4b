import type { ErrorClass, FactoryChoice, Interceptor, Plugins } from "../src/index.js";
import type { Class, Token } from "../src/spi.js";

/** Something injectable. A class stands for itself. */
export type Provider =
  | Class
  | { readonly provide: Token<unknown>; readonly useClass: Class }
  | { readonly provide: Token<unknown>; readonly useValue: unknown }
  | { readonly provide: Token<unknown>; readonly useFactory: FactoryChoice<unknown> };

/** What a module is made of. */
export interface ModuleOptions {
  /** Modules whose services run too, and whose exports can be injected here. */
  readonly imports?: readonly Class[];
  /** Classes with `@Service`. */
  readonly services?: readonly Class[];
  /** What can be injected into this module's classes. */
  readonly providers?: readonly Provider[];
  /** Tokens of providers, or modules, that importing modules may inject. */
  readonly exports?: readonly Token<unknown>[];
  /** Plugins for the app. The importing module's choice wins over the imported one's. */
  readonly plugins?: Plugins;
  /** Layers around all handlers and subscribers of the app; the importing module's are outside. */
  readonly interceptors?: readonly Interceptor[];
  /** Layers around the calls that the app makes. */
  readonly clientInterceptors?: readonly Interceptor[];
  /** Error classes of services that are called from here. */
  readonly errors?: readonly ErrorClass[];
}
