// Builds the package: the same sources as ES modules and as CommonJS, each with its declarations.
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const tsc = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));

const KINDS = {
  esm: { type: "module", project: "tsconfig.esm.json" },
  cjs: { type: "commonjs", project: "tsconfig.cjs.json" },
};

rmSync(new URL("dist", root), { recursive: true, force: true });
for (const [folder, { type, project }] of Object.entries(KINDS)) {
  const { status } = spawnSync(process.execPath, [tsc, "--project", project], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(1);
  writeFileSync(new URL(`dist/${folder}/package.json`, root), `${JSON.stringify({ type, sideEffects: false })}\n`);
}
