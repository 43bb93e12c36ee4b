import { OptionError } from "../../../src/spi.js";

/** One address of etcd. */
export interface Endpoint {
  /** `host:port`; IPv6 hosts in brackets. */
  readonly address: string;
  /** Whether it says `https://` or `http://`; undefined when it says neither. */
  readonly secure: boolean | undefined;
  /** From `user:password@`, with percent signs resolved. */
  readonly user: { readonly name: string; readonly password: string } | undefined;
}

/** etcd's port for clients. */
const defaultPort = 2379;

/**
 * Reads `host`, `host:port`, `https://host:port` and `http://user:password@host:port`.
 * @throws OptionError for anything else; a password is not repeated in it.
 */
export function parseEndpoint(option: string, text: string): Endpoint {
  const match =
    /^(?:(https?):\/\/)?(?:([^@/]*)@)?(\[[0-9a-f:.]+(?:%[\w.-]+)?\]|[^:/@\s[\]]+)(?::(\d+))?\/?$/i.exec(
      text,
    );
  const [, scheme, userinfo, host, port = String(defaultPort)] = match ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw new OptionError(
      `${option} must be host:port, with https:// before it if you like, got ${JSON.stringify(text.replace(/[^/]*@/, "...@"))}`,
    );
  return {
    address: `${host}:${port}`,
    secure: scheme === undefined ? undefined : scheme.toLowerCase() === "https",
    user: userinfo === undefined ? undefined : parseUser(option, userinfo),
  };
}

function parseUser(option: string, userinfo: string): { name: string; password: string } {
  const colon = userinfo.indexOf(":");
  try {
    return {
      name: decodeURIComponent(colon < 0 ? userinfo : userinfo.slice(0, colon)),
      password: colon < 0 ? "" : decodeURIComponent(userinfo.slice(colon + 1)),
    };
  } catch {
    throw new OptionError(`${option} has a user or a password with a stray percent sign`);
  }
}
