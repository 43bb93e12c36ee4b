import { messageTypes, type MessageType } from "../../../src/spi.js";

/** Types of the two versions of grpc/reflection's reflection.proto, which differ in their package alone. */
export function reflectionTypes(scope: string): {
  readonly request: MessageType;
  readonly response: MessageType;
} {
  const request = `${scope}.ServerReflectionRequest`;
  const response = `${scope}.ServerReflectionResponse`;
  const one = "messageRequest";
  const other = "messageResponse";
  const types = messageTypes({
    messages: {
      [request]: [
        { name: "host", number: 1, type: "string" },
        { name: "fileByFilename", number: 3, type: "string", oneof: one },
        { name: "fileContainingSymbol", number: 4, type: "string", oneof: one },
        {
          name: "fileContainingExtension",
          number: 5,
          type: `${scope}.ExtensionRequest`,
          oneof: one,
        },
        { name: "allExtensionNumbersOfType", number: 6, type: "string", oneof: one },
        { name: "listServices", number: 7, type: "string", oneof: one },
      ],
      [response]: [
        { name: "validHost", number: 1, type: "string" },
        { name: "originalRequest", number: 2, type: request },
        {
          name: "fileDescriptorResponse",
          number: 4,
          type: `${scope}.FileDescriptorResponse`,
          oneof: other,
        },
        {
          name: "allExtensionNumbersResponse",
          number: 5,
          type: `${scope}.ExtensionNumberResponse`,
          oneof: other,
        },
        {
          name: "listServicesResponse",
          number: 6,
          type: `${scope}.ListServiceResponse`,
          oneof: other,
        },
        { name: "errorResponse", number: 7, type: `${scope}.ErrorResponse`, oneof: other },
      ],
      [`${scope}.ExtensionRequest`]: [
        { name: "containingType", number: 1, type: "string" },
        { name: "extensionNumber", number: 2, type: "int32" },
      ],
      [`${scope}.FileDescriptorResponse`]: [
        { name: "fileDescriptorProto", number: 1, type: "bytes", rule: "repeated" },
      ],
      [`${scope}.ExtensionNumberResponse`]: [
        { name: "baseTypeName", number: 1, type: "string" },
        { name: "extensionNumber", number: 2, type: "int32", rule: "repeated" },
      ],
      [`${scope}.ListServiceResponse`]: [
        { name: "service", number: 1, type: `${scope}.ServiceResponse`, rule: "repeated" },
      ],
      [`${scope}.ServiceResponse`]: [{ name: "name", number: 1, type: "string" }],
      [`${scope}.ErrorResponse`]: [
        { name: "errorCode", number: 1, type: "int32" },
        { name: "errorMessage", number: 2, type: "string" },
      ],
    },
  });
  return { request: types[request]!, response: types[response]! };
}
