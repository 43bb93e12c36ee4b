import { Client, Handler, Service } from "plugboard";

export interface Line {
  from: string;
  text: string;
}

@Service({ name: "chat" })
export class Chat {
  // AsyncIterable in, AsyncIterable out: both directions flow at once, each at its reader's pace.
  @Handler({ requestStream: true })
  async *talk(lines: AsyncIterable<Line>): AsyncIterable<Line> {
    for await (const line of lines) {
      yield { from: "chat", text: `${line.from} said: ${line.text}` };
      if (line.text === "bye") return;
    }
  }

  // AsyncIterable in, one answer out.
  @Handler({ requestStream: true })
  async count(lines: AsyncIterable<Line>): Promise<{ lines: number; characters: number }> {
    const total = { lines: 0, characters: 0 };
    for await (const { text } of lines) {
      total.lines += 1;
      total.characters += text.length;
    }
    return total;
  }
}

export class ChatClient extends Client<Chat>("chat") {}
