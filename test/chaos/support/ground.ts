import type { KafkaServer } from "../../real/kafka/kafka-server.js";

/** What all scenarios of a run share. */
export interface Ground {
  readonly kafka: KafkaServer;
  /** The address that etcd and Kafka listen on. */
  readonly host: string;
  /** For logs and journals; removed after the run unless somebody wants to keep it. */
  readonly folder: string;
  /** Whether everything runs in a network namespace of its own, which may be changed at will. */
  readonly ownNetwork: boolean;
  /** Says how it goes. */
  readonly progress: (text: string) => void;
  /** Aborts when the run is broken off. */
  readonly signal: AbortSignal;
}
