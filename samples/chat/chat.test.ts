import { expect, test } from "@jest/globals";
import { Module } from "plugboard";
import { Test } from "plugboard/testing";
import { Chat, ChatClient, type Line } from "./chat.js";

@Module({ services: [Chat] })
class ChatModule {}

test("both directions flow at once: each answer comes before the next line is said", async () => {
  await using cluster = await Test.cluster();
  await cluster.start(ChatModule);
  const heard: string[] = [];
  async function* speak(): AsyncGenerator<Line> {
    for (const text of ["hello", "how are you", "bye", "never said"]) {
      const before = heard.length;
      yield { from: "Ada", text };
      while (heard.length === before) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  for await (const { from, text } of cluster.client(ChatClient).talk(speak()))
    heard.push(`${from}: ${text}`);
  expect(heard).toEqual([
    "chat: Ada said: hello",
    "chat: Ada said: how are you",
    "chat: Ada said: bye",
  ]);
});

test("a stream of requests gets one answer", async () => {
  await using cluster = await Test.cluster();
  await cluster.start(ChatModule);
  async function* speak(): AsyncGenerator<Line> {
    for (const text of ["one", "two", "three"]) yield { from: "Ada", text };
  }
  expect(await cluster.client(ChatClient).count(speak())).toEqual({ lines: 3, characters: 11 });
});
