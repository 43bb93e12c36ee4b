import { grpcStatus, type FileDescriptor, type HandlerDefinition } from "../../../src/spi.js";
import type { DescribedFiles } from "./described-files.js";
import { reflectionTypes } from "./reflection-types.js";

/** What a caller asks; one of it is there. */
interface ReflectionRequest {
  readonly host: string;
  readonly fileByFilename?: string;
  readonly fileContainingSymbol?: string;
  readonly fileContainingExtension?: { readonly containingType: string };
  readonly allExtensionNumbersOfType?: string;
  readonly listServices?: string;
}

/** gRPC's reflection, versions v1 and v1alpha: tools such as grpcurl learn from it what can be called. */
export function reflectionHandlers(files: () => DescribedFiles): readonly HandlerDefinition[] {
  return ["grpc.reflection.v1", "grpc.reflection.v1alpha"].map((scope): HandlerDefinition => {
    const { request, response } = reflectionTypes(scope);
    return {
      service: { name: scope },
      endpoint: "ServerReflection.ServerReflectionInfo",
      input: request,
      output: response,
      requestStream: true,
      replyStream: true,
      internal: true,
      async *handle(requests: AsyncIterable<ReflectionRequest>) {
        const sent = new Set<string>();
        for await (const asked of requests)
          yield { validHost: asked.host, originalRequest: asked, ...answer(asked, files(), sent) };
      },
    };
  });
}

function answer(asked: ReflectionRequest, files: DescribedFiles, sent: Set<string>): object {
  const { fileByFilename, fileContainingSymbol, fileContainingExtension } = asked;
  const { allExtensionNumbersOfType, listServices } = asked;
  const found = (file: FileDescriptor | undefined, what: string): object =>
    file
      ? { fileDescriptorResponse: { fileDescriptorProto: files.bytesOf(file, sent) } }
      : failure(grpcStatus.notFound, `${what} is not known here`);
  if (listServices !== undefined)
    return { listServicesResponse: { service: files.services.map((name) => ({ name })) } };
  if (fileByFilename !== undefined)
    return found(files.named(fileByFilename), `the file ${fileByFilename}`);
  if (fileContainingSymbol !== undefined)
    return found(files.declaring(fileContainingSymbol), `the name ${fileContainingSymbol}`);
  // proto3 has no extensions, but for options, which are not kept.
  if (fileContainingExtension !== undefined)
    return found(undefined, `an extension of ${fileContainingExtension.containingType}`);
  if (allExtensionNumbersOfType !== undefined)
    return files.declaring(allExtensionNumbersOfType)
      ? { allExtensionNumbersResponse: { baseTypeName: allExtensionNumbersOfType } }
      : found(undefined, `the type ${allExtensionNumbersOfType}`);
  return failure(grpcStatus.invalidArgument, "nothing was asked");
}

const failure = (errorCode: number, errorMessage: string): object => ({
  errorResponse: { errorCode, errorMessage },
});
