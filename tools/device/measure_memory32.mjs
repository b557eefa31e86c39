// Run measure_memory.py under the 32-bit WebAssembly build of MicroPython: measure_memory32.mjs TREE control|station
// The build has no ROMFS, so the code of the tree is on the heap; tools/size.py takes it off again. It has no
// asyncio.run, so there are no tasks. And it collects only between two calls from here, so every step is one.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const HEAP_BYTES = 4 * 1024 * 1024;
const [tree, what] = process.argv.slice(2);

function copyFolder(fs, from, to) {
  fs.mkdirTree(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = `${to}/${entry.name}`;
    if (entry.isDirectory()) copyFolder(fs, source, target);
    else fs.writeFile(target, readFileSync(source));
  }
}

const micropython = await loadMicroPython({ heapsize: HEAP_BYTES, linebuffer: true, stdout: (line) => console.log(line) });
copyFolder(micropython.FS, tree, "/image");
// What the files of the tree have become stands beside it.
micropython.FS.writeFile("/lines.txt", readFileSync(join(dirname(tree), "lines.txt")));
for (const program of ["measure_memory.py", "image_modules.py"]) {
  const source = join(dirname(fileURLToPath(import.meta.url)), program);
  micropython.FS.writeFile(`/${program}`, readFileSync(source));
}
micropython.FS.mkdirTree("/data");
micropython.runPython(`
import gc, json, sys
sys.path[:] = ["/image", "/", ".frozen"]
import asyncio, measure_memory
_build = measure_memory.Build("/image", "/data", ${JSON.stringify(what)})
_steps = _build.steps()
_meter = measure_memory.Meter()
_part = None
gc.collect()
`);
micropython.runPython("_meter.begin()");
for (;;) {
  micropython.runPython("_part = next(_steps, None)\ngc.collect()");
  if (micropython.globals.get("_part") === null) break;
  micropython.runPython("_meter.charge(_part)");
}
micropython.runPython("print(json.dumps(_meter.rows))");
