import { describe, ownCalls, type OwnCalls, type ServeParts } from "../../../src/spi.js";
import { DescribedFiles } from "./described-files.js";
import { healthHandlers } from "./health.js";
import { protoServices } from "./proto-services.js";
import { reflectionHandlers } from "./reflection.js";

/** Which services of gRPC's own a server has. */
export interface BuiltInOptions {
  /** `grpc.health.v1`. */
  readonly health: boolean;
  /** `grpc.reflection.v1` and `v1alpha`. */
  readonly reflection: boolean;
}

/** The services of gRPC's own beside an app's. */
export interface BuiltIn extends OwnCalls {
  /** Whether a path is one of theirs. */
  serves(path: string): boolean;
}

/** Makes them; none in an app without protobuf, which is all that they speak. */
export function builtIn(
  parts: ServeParts,
  { health, reflection }: BuiltInOptions,
): BuiltIn | undefined {
  const { codecs, router, readiness, environment } = parts;
  if (!codecs.has("application/protobuf")) return undefined;
  const routes = router.routes().filter(({ handler }) => !handler.internal);
  const definitions = health ? [...healthHandlers(routes, readiness)] : [];
  let files: DescribedFiles | undefined;
  const describeAll = (): DescribedFiles => {
    const codec = codecs.get("application/protobuf");
    const own = protoServices(calls.parts.router.routes());
    try {
      return new DescribedFiles([...protoServices(routes), ...own], codec);
    } catch (error) {
      environment.logger.warn("reflection leaves out the app's services", {
        error: describe(error),
      });
      return new DescribedFiles(own, codec);
    }
  };
  if (reflection) definitions.push(...reflectionHandlers(() => (files ??= describeAll())));
  const calls = ownCalls(parts, definitions);
  const paths = definitions.map(({ service, endpoint }) => {
    const dot = endpoint.indexOf(".");
    return `/${service.name}.${endpoint.slice(0, dot)}/`;
  });
  return { ...calls, serves: (path) => paths.some((prefix) => path.startsWith(prefix)) };
}
