/** One message of a stream of server-sent events. */
export interface Message {
  id: string;
  event: string;
  data: string;
}

/** Takes a stream of server-sent events apart, however it is cut into chunks. */
export class SseParser {
  #rest = "";
  #id = "";
  #event = "";
  #data: string[] = [];

  /** The messages that this chunk completes. Comments, which only say that the host lives, complete none. */
  push(chunk: string): Message[] {
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    return lines.map((line) => this.#line(line)).filter((message) => message !== null);
  }

  #line(line: string): Message | null {
    if (line === "") {
      const message = this.#data.length > 0 ? { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") } : null;
      this.#event = "";
      this.#data = [];
      return message;
    }

    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "id") {
      this.#id = value;
    } else if (field === "event") {
      this.#event = value;
    } else if (field === "data") {
      this.#data.push(value);
    }

    return null;
  }
}
