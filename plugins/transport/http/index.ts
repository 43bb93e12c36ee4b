import {
  definePlugin,
  readSettings,
  requirePositive,
  requireTls,
  requireWhole,
  TlsCredentials,
  Transport,
  type Plugin,
  type PluginFromSettings,
} from "../../../src/spi.js";
import { HttpTransport, type HttpTransportOptions } from "./http-transport.js";

export type { HttpTransportOptions } from "./http-transport.js";

/**
 * Messages over HTTP/1.1 as go-micro's default transport sends them, so that its services, curl and
 * Plugboard's own reach each other. @throws OptionError for an option that makes no sense; on `create`, for
 * certificates that cannot be used.
 */
export function httpTransport({
  maxMessageBytes = 4_194_304,
  maxHeaderBytes = 16_384,
  connectTimeoutMs = 5_000,
  messageTimeoutMs = 30_000,
  idleTimeoutMs = 120_000,
  maxConnections = 10_000,
  frames = true,
  tls,
}: HttpTransportOptions = {}): Plugin<Transport> {
  const settings = {
    maxMessageBytes: requireWhole("httpTransport.maxMessageBytes", maxMessageBytes, 1),
    maxHeaderBytes: requireWhole("httpTransport.maxHeaderBytes", maxHeaderBytes, 1),
    connectTimeoutMs: requirePositive("httpTransport.connectTimeoutMs", connectTimeoutMs),
    messageTimeoutMs: requirePositive("httpTransport.messageTimeoutMs", messageTimeoutMs),
    idleTimeoutMs: requirePositive("httpTransport.idleTimeoutMs", idleTimeoutMs),
    maxConnections: requireWhole("httpTransport.maxConnections", maxConnections, 1),
    frames,
  };
  if (tls) requireTls(option, tls);
  return definePlugin(Transport, "http", async (environment) => {
    const said = readSettings(environment.process);
    const credentials = await TlsCredentials.open(option, tls, said, environment);
    return new HttpTransport(settings, environment, credentials);
  });
}

const option = "httpTransport.tls";

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Transport> = () => httpTransport();
