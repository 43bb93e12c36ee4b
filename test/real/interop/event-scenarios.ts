import { expect } from "@jest/globals";
import type { PlainService } from "plugboard";
import { eventually } from "../support/real-world.js";
import type { GoProgram } from "./go-program.js";
import { notes, type Note, type OurService } from "./our-service.js";
import type { InteropWorld, Scenario } from "./world.js";

const contentTypes = ["application/json", "application/protobuf"];

/** Publishes a note of each content type and waits until the program in Go has got them. */
async function ourNotesArrive(from: PlainService, topic: string, go: GoProgram): Promise<void> {
  const sent = contentTypes.map((contentType, index) => ({ text: contentType, number: index + 1 }));
  for (const note of sent)
    await from.client.publish(from.client.newMessage(notes(topic), note), {
      contentType: note.text,
    });
  await eventually(() => {
    const got = go.notes.filter((each) => each.topic === topic).map(({ note }) => note);
    const asked = got.filter(({ text }) => !text?.includes("probe"));
    for (const note of sent) expect(asked).toContainEqual(note);
    expect(asked).toHaveLength(sent.length);
  });
}

async function goNotesArrive(go: GoProgram, topic: string, ours: OurService): Promise<void> {
  const sent: Note[] = contentTypes.map((text, index) => ({ text, number: index + 1 }));
  for (const message of sent)
    await go.ask({ do: "publish", topic, contentType: message.text, message });
  await eventually(() => {
    for (const note of sent) expect(ours.seen.notes).toContainEqual(note);
    expect(ours.seen.notes).toHaveLength(sent.length);
  });
}

/** go-micro says that it subscribed before its group begins to hear: publishes until something comes. */
async function untilHeard(from: PlainService, topic: string, go: GoProgram): Promise<void> {
  const { client } = from;
  await eventually(
    async () => {
      await client.publish(client.newMessage(notes(topic), { text: "probe", number: 0 }));
      expect(go.notes.length).toBeGreaterThan(0);
    },
    { withinMs: 30_000, everyMs: 250 },
  );
  // Probes under way come before what is published now: one partition keeps its order.
  await eventually(async () => {
    const last = { text: "last probe", number: 0 };
    await client.publish(client.newMessage(notes(topic), last));
    expect(go.notes.at(-1)?.note.text).toBe("last probe");
  });
  go.notes.length = 0;
}

/** What the registry says while a service comes and goes. */
type Change = "create" | "update" | "delete";

async function comesAndGoes(
  start: () => Promise<AsyncDisposable>,
  seen: () => readonly Change[],
): Promise<void> {
  const guest = await start();
  await eventually(() => expect(seen()).toContain("create"));
  await guest[Symbol.asyncDispose]();
  await eventually(() => expect(seen().at(-1)).toBe("delete"));
}

function overKafka({ kafka, major }: InteropWorld): NonNullable<InteropWorld["kafka"]> {
  if (!kafka) throw new Error(`go-micro ${major} has no Kafka broker to test with`);
  return kafka;
}

/** Events and the registry's news. */
export const eventScenarios: readonly Scenario[] = [
  {
    title: "events, http broker",
    usToGo: ({ client, topics, go }) => ourNotesArrive(client, topics.go, go),
    goToUs: ({ go, topics, ours }) => goNotesArrive(go, topics.ours, ours),
  },
  {
    title: "events, Kafka",
    usToGo: async (world) => {
      const { go, ours } = overKafka(world);
      await untilHeard(ours.service, world.topics.go, go);
      await ourNotesArrive(ours.service, world.topics.go, go);
    },
    goToUs: async (world) => {
      const { go, ours } = overKafka(world);
      await goNotesArrive(go, world.topics.ours, ours);
    },
  },
  {
    title: "watch: the other side comes and goes",
    usToGo: async ({ registry, goGuest, goName }) => {
      const name = `${goName}-guest`;
      const watcher = await registry.watch({ service: name });
      const seen: Change[] = [];
      const reading = (async () => {
        for await (const { action } of watcher) seen.push(action);
      })();
      try {
        await comesAndGoes(
          () => goGuest(name),
          () => seen,
        );
      } finally {
        await watcher.close();
        await reading;
      }
    },
    goToUs: async ({ go, ourGuest, ourName }) => {
      const name = `${ourName}-guest`;
      await go.ask({ do: "watch" });
      await comesAndGoes(
        () => ourGuest(name),
        () =>
          go.changes
            .filter(({ service }) => service === name)
            .map(({ action }) => action as Change),
      );
    },
  },
];
