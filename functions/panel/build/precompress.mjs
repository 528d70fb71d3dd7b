// Compresses what was built, once and as well as can be, and checks the size of the first route.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const BUDGET = 60 * 1024;
const dist = fileURLToPath(new URL("../../PhaseFlow.Functions/Panel/dist/", import.meta.url));
const names = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(html|js|css|svg)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();

const gzipped = new Map();
for (const name of names) {
  const content = readFileSync(name);
  const gzip = gzipSync(content, { level: 9 });
  const brotli = brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  });
  gzip[9] = 255; // The byte that names the operating system: the same file on each.
  gzipped.set(basename(name), gzip.length);
  // Small files gain nothing; a page that is rewritten for deeper paths is sent as it is.
  if (content.length > 1024) {
    writeFileSync(`${name}.gz`, gzip);
    writeFileSync(`${name}.br`, brotli);
  }
}

const page = readFileSync(join(dist, "index.html"), "utf8");
const first = ["index.html", ...[...page.matchAll(/assets\/([^"]+)/g)].map((match) => match[1])];
const size = first.reduce((sum, name) => sum + gzipped.get(name), 0);
for (const [name, bytes] of gzipped) {
  if (!name.startsWith("icon")) {
    console.log(`${first.includes(name) ? "first route" : "later      "}  ${String(bytes).padStart(6)} B gzipped  ${name}`);
  }
}

console.log(`The first route is ${(size / 1024).toFixed(1)} KB gzipped; at most ${BUDGET / 1024} KB.`);
if (size > BUDGET) {
  process.exit(1);
}
