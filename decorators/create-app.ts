import type { Standard } from "../src/index.js";
import type { Class } from "../src/spi.js";
import { ModuleApp, type App, type AppSettings } from "./app.js";

/** Makes an app that is started by hand; signals are left alone. */
export const appCreator =
  (standard: Standard) =>
  (Module: Class, settings: AppSettings = {}): App =>
    new ModuleApp(Module, standard, settings, { signals: false });

/**
 * Makes and starts an app. Resolves when it is ready; SIGTERM, SIGINT and SIGQUIT then drain it, a
 * second signal leaves at once.
 */
export const appRunner =
  (standard: Standard) =>
  (Module: Class, settings: AppSettings = {}): Promise<App> =>
    new ModuleApp(Module, standard, settings, { signals: true }).start();
