import { Client, credentials, type ClientDuplexStream, type ServiceError } from "@grpc/grpc-js";
import protobuf, { type Type } from "protobufjs";

const reflection = (scope: string): string => `
  syntax = "proto3";
  package ${scope};
  message ServerReflectionRequest {
    string host = 1;
    oneof message_request {
      string file_by_filename = 3;
      string file_containing_symbol = 4;
      ExtensionRequest file_containing_extension = 5;
      string all_extension_numbers_of_type = 6;
      string list_services = 7;
    }
  }
  message ExtensionRequest { string containing_type = 1; int32 extension_number = 2; }
  message ServerReflectionResponse {
    string valid_host = 1;
    ServerReflectionRequest original_request = 2;
    oneof message_response {
      FileDescriptorResponse file_descriptor_response = 4;
      ExtensionNumberResponse all_extension_numbers_response = 5;
      ListServiceResponse list_services_response = 6;
      ErrorResponse error_response = 7;
    }
  }
  message FileDescriptorResponse { repeated bytes file_descriptor_proto = 1; }
  message ExtensionNumberResponse { string base_type_name = 1; repeated int32 extension_number = 2; }
  message ListServiceResponse { repeated ServiceResponse service = 1; }
  message ServiceResponse { string name = 1; }
  message ErrorResponse { int32 error_code = 1; string error_message = 2; }
`;

const health = `
  syntax = "proto3";
  package grpc.health.v1;
  message HealthCheckRequest { string service = 1; }
  message HealthCheckResponse {
    enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
    ServingStatus status = 1;
  }
`;

/** A caller of gRPC's own services as tools are, with protobufjs in the place of our codec. */
export class GrpcTools {
  readonly client: Client;

  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure());
  }

  /** `Check`: the status, or the code of the error. */
  check(service: string): Promise<string | number> {
    const [request, response] = this.#types(health, "grpc.health.v1.HealthCheck");
    return new Promise((resolve) =>
      this.client.makeUnaryRequest(
        "/grpc.health.v1.Health/Check",
        writer(request),
        reader(response),
        { service },
        (error: ServiceError | null, reply) =>
          resolve(error ? error.code : (reply as { status: string }).status),
      ),
    );
  }

  /** `Watch`: the statuses one by one; ends with the code of the error. */
  async *watch(service: string): AsyncGenerator<string | number> {
    const [request, response] = this.#types(health, "grpc.health.v1.HealthCheck");
    const replies = this.client.makeServerStreamRequest(
      "/grpc.health.v1.Health/Watch",
      writer(request),
      reader(response),
      { service },
    );
    try {
      for await (const reply of replies) yield (reply as { status: string }).status;
    } catch (error) {
      yield (error as ServiceError).code;
    } finally {
      replies.cancel();
    }
  }

  /** Asks the reflection of a version one thing after the other, on one stream. */
  async reflect(
    version: "v1" | "v1alpha",
    ...questions: readonly object[]
  ): Promise<Record<string, unknown>[]> {
    const scope = `grpc.reflection.${version}`;
    const [request, response] = this.#types(reflection(scope), `${scope}.ServerReflection`);
    const talk: ClientDuplexStream<object, object> = this.client.makeBidiStreamRequest(
      `/${scope}.ServerReflection/ServerReflectionInfo`,
      writer(request),
      reader(response),
    );
    for (const question of questions) talk.write(question);
    talk.end();
    const answers: Record<string, unknown>[] = [];
    for await (const answer of talk) answers.push(answer as Record<string, unknown>);
    return answers;
  }

  close(): void {
    this.client.close();
  }

  #types(proto: string, prefix: string): [Type, Type] {
    const { root } = protobuf.parse(proto);
    return [root.lookupType(`${prefix}Request`), root.lookupType(`${prefix}Response`)];
  }
}

const writer =
  (type: Type) =>
  (value: object): Buffer =>
    Buffer.from(type.encode(type.fromObject(value)).finish());

const reader =
  (type: Type) =>
  (bytes: Buffer): object =>
    type.toObject(type.decode(bytes), { enums: String, defaults: false, bytes: Buffer });
