// Run core tests under the 32-bit WebAssembly build of MicroPython: `node host_tests/run_mp32.mjs FILE...`.
// The build cannot see the disk, so the tree's Python files are copied into its memory first.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const COPIED_FOLDERS = ["firmware", "lib", "boards/SIM", "host_tests/core"];
const HEAP_BYTES = 8 * 1024 * 1024;

// The build asks its table of functions twice at every call from outside, which takes a third of all time. Entries
// never change once they are there.
const tableGet = WebAssembly.Table.prototype.get;
const tableEntries = [];
WebAssembly.Table.prototype.get = function (index) {
  return (tableEntries[index] ??= tableGet.call(this, index));
};

function copyFile(fs, path) {
  fs.mkdirTree("/" + dirname(path));
  fs.writeFile("/" + path, readFileSync(join(ROOT, path)));
}

function copyFolder(fs, folder) {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "__pycache__") copyFolder(fs, path);
    else if (entry.name.endsWith(".py") || entry.name.endsWith(".json")) copyFile(fs, path);
  }
}

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.error("usage: node host_tests/run_mp32.mjs FILE...");
  process.exit(2);
}

const micropython = await loadMicroPython({
  heapsize: HEAP_BYTES,
  linebuffer: true,
  stdout: (line) => console.log(line),
});
for (const folder of COPIED_FOLDERS) copyFolder(micropython.FS, folder);
copyFile(micropython.FS, "host_tests/run_mp.py");
micropython.globals.set("_paths_json", JSON.stringify(paths));
micropython.runPython(`
import json, os, sys
os.chdir("/")
sys.path.extend(["/firmware", "/lib", "/boards/SIM", "/host_tests"])
import run_mp
_failed = run_mp.run(json.loads(_paths_json))
`);
process.exitCode = micropython.globals.get("_failed") === 0 ? 0 : 1;
