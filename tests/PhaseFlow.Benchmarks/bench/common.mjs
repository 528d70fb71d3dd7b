// What both drivers share: a launch over HTTP, a small server on the loopback, and an end with the program that started it.
import http from "node:http";

const agent = new http.Agent({ keepAlive: true });
const launchUrl = new URL(process.env.LAUNCH_URL);

/** Starts a phase's agent: tells the benchmark, which plays all agents, and waits until it has taken the launch. */
export function launch(note) {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(note);
    const request = http.request(
      launchUrl,
      { method: "POST", agent, headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) } },
      (response) => {
        response.resume();
        response.on("end", () => (response.statusCode < 300 ? resolve() : reject(new Error(`launch: ${response.statusCode}`))));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

/** Reads the JSON body of a request. */
export async function json(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

/** Listens on a free port of the loopback, and says so on the standard output. */
export function listen(server) {
  server.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
}

// The benchmark holds the standard input open: where it dies, this does too.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
