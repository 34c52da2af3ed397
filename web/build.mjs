// Builds the page's parts into the Python package: `node build.mjs [folder]`.
// The same sources and lock file give the same bytes; tests/report/test_build.py compares a fresh build with the
// committed one.
import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = process.argv[2] ?? join(here, "../src/taskscape/report/assets");
const shared = { bundle: true, minify: true, legalComments: "none", charset: "ascii", write: false, absWorkingDir: here, logLevel: "warning" };

const script = await build({
  ...shared,
  entryPoints: ["src/main.ts"],
  format: "iife",
  target: "es2022",
  metafile: true,
});
const style = await build({ ...shared, entryPoints: ["src/page.css"], loader: { ".woff2": "dataurl" }, target: ["chrome110", "firefox115", "safari16"] });

// Every package of which a part is in the bundle, with the licence text it asks to be kept with copies.
const parts = Object.values(script.metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
const used = parts.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
const inputs = [...used, "node_modules/@fontsource-variable/inter/index.css"];
const names = [...new Set(inputs.map((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean))].sort();
const notices = [];
const credits = [];
for (const name of names) {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).sort().find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? (await readFile(join(folder, file), "utf8")).trim() : `Licence: ${license}`;
  const copyright = text.split("\n").find((line) => /^\s*copyright (?!notice)/i.test(line))?.trim().replace(/ \(http.*/, "");
  credits.push(`${name} ${version}, ${license}${copyright ? `, ${copyright}` : ""}`);
  notices.push(`${name} ${version} (${license})\n\n${text}\n`);
}

await mkdir(out, { recursive: true });
// A page is a copy too, so it names what it holds; the licence texts lie beside the script.
const banner = `/*! Holds, with the licence texts in taskscape/report/assets/licences.txt:\n${credits.join("\n")}\n*/\n`;
await writeFile(join(out, "page.js"), banner + script.outputFiles[0].text.trimEnd());
await writeFile(join(out, "page.css"), style.outputFiles[0].text.trimEnd());
await writeFile(join(out, "licences.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));
await copyFile(join(here, "src/page.html"), join(out, "page.html"));
await copyFile(join(here, "src/palette.json"), join(out, "palette.json"));
