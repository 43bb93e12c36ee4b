import { BadRequest } from "../../../src/spi.js";
import { brokenClient, type PairMutant } from "../pair/mutant.js";

const value = "an event reaches its subscriber with its value";
const afterClose = "after close nothing is sent, and it says why";

/** Breaks of publishing, and of the end. */
export const lifecycleMutants: readonly PairMutant[] = [
  {
    name: "publishes the text of a value",
    kills: value,
    broken: brokenClient((client) => ({
      publish: (message, options) =>
        client.publish({ ...message, data: JSON.stringify(message.data) }, options),
    })),
  },
  {
    name: "publishes events with whole numbers as texts",
    kills: value,
    broken: brokenClient((client) => ({
      publish: (message, options) => {
        const text = JSON.stringify(message.data).replace(/:(\d+)/g, ':"$1"');
        return client.publish({ ...message, data: JSON.parse(text) as unknown }, options);
      },
    })),
  },
  {
    name: "publishes nothing",
    kills: value,
    broken: brokenClient(() => ({ publish: async () => undefined })),
  },
  {
    name: "publishes without metadata",
    kills: "an event brings its metadata",
    broken: brokenClient((client) => ({ publish: (message) => client.publish(message) })),
  },
  {
    name: "publishes as if outside of the call",
    kills: "an event takes the metadata of the call it came from",
    broken: brokenClient((client, { outside }) => ({
      publish: (message, options) => outside(() => client.publish(message, options)),
    })),
  },
  {
    name: "publishes the credentials of the call",
    kills: "an event takes the metadata of the call it came from",
    broken: brokenClient((client, { ambient }) => ({
      publish: (message, options) =>
        client.publish(message, {
          ...options,
          metadata: { authorization: ambient.current?.metadata["authorization"] ?? "" },
        }),
    })),
  },
  {
    name: "does not wait for the broker",
    kills: "an event that the broker does not take fails",
    broken: brokenClient((client) => ({
      publish: async (message, options) => {
        client.publish(message, options).catch(() => undefined);
      },
    })),
  },
  {
    name: "leaves calls running at its close",
    kills: "close ends the calls in hand",
    broken: brokenClient(() => ({ close: async () => undefined })),
  },
  {
    name: "goes on after its close",
    kills: afterClose,
    broken: brokenClient(() => ({ close: async () => undefined })),
  },
  {
    name: "closes once",
    kills: afterClose,
    broken: brokenClient((client) => {
      let closed = false;
      return {
        close: async () => {
          if (closed) throw new Error("closed already");
          closed = true;
          await client.close();
        },
      };
    }),
  },
  {
    name: "blames the caller after its close",
    kills: afterClose,
    broken: brokenClient((client) => {
      let closed = false;
      return {
        call: (request, options) =>
          closed ? Promise.reject(new BadRequest("no")) : client.call(request, options),
        close: async () => {
          closed = true;
          await client.close();
        },
      };
    }),
  },
];
