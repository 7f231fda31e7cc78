// The package as it is published: what `npm run build` has made.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, onTestFinished, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const tsc = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));

/** A folder from which the package is found as a dependency is. */
function folder(files: Record<string, string>): string {
  mkdirSync(`${root}node_modules/.cache`, { recursive: true });
  const path = mkdtempSync(`${root}node_modules/.cache/package-`);
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(`${path}/${name}`, text);
  return path;
}

const node = (cwd: string, file: string): string => execFileSync(process.execPath, [file], { cwd, encoding: "utf8" });

test.each([
  ["the client", 'export * from "dialogue-client";', 16_900, 6_500],
  ["the client with the hooks", 'export * from "dialogue-client"; export * from "dialogue-client/react";', 22_900, 8_600],
])("%s is small, besides socket.io-client and React", async (_what, contents, minified, compressed) => {
  const result = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    external: ["socket.io-client", "react"],
  });
  const bytes = result.outputFiles[0]!.contents;
  expect(bytes.length).toBeGreaterThan(5000);
  expect(bytes.length).toBeLessThanOrEqual(minified);
  expect(gzipSync(bytes).length).toBeLessThanOrEqual(compressed);
});

test("the client alone needs no React", async () => {
  const result = await build({
    stdin: { contents: 'export * from "dialogue-client";', resolveDir: root },
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    external: ["socket.io-client", "react"],
  });
  const imported = Object.values(result.metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  expect([...new Set(imported)]).toEqual(["socket.io-client"]);
});

const PRINT = "console.log(typeof client.createDialogueClient, typeof client.DialogueError, typeof react.useRoom);\n";

test("it can be imported", () => {
  const text = `import * as client from "dialogue-client"; import * as react from "dialogue-client/react"; ${PRINT}`;
  expect(node(folder({ "use.mjs": text }), "use.mjs")).toBe("function function function\n");
});

test("it can be required", () => {
  const text = `const client = require("dialogue-client"); const react = require("dialogue-client/react"); ${PRINT}`;
  expect(node(folder({ "use.cjs": text }), "use.cjs")).toBe("function function function\n");
});

describe.each([
  ["node16", "node16"],
  ["esnext", "bundler"],
])("its types are found with %s modules and %s resolution", (module, moduleResolution) => {
  const USE = `
import { createDialogueClient, type RoomContext } from "dialogue-client";
import { createDialogueHooks } from "dialogue-client/react";
export const room: Promise<RoomContext> = createDialogueClient({ url: "" }).join("a");
export const wrong: number = createDialogueHooks().useConnectionState();
`;

  test.each(["use.mts", "use.cts"])("%s", (file) => {
    const compilerOptions = { module, moduleResolution, strict: true, noEmit: true, target: "es2022", types: [] };
    const path = folder({ [file]: USE, "tsconfig.json": JSON.stringify({ compilerOptions, files: [file] }) });
    let output = "";
    try {
      execFileSync(process.execPath, [tsc, "--project", path], { encoding: "utf8" });
    } catch (error) {
      output = (error as { stdout: string }).stdout;
    }
    // The one mistake is found, as the types are the real ones.
    expect(output).toContain("error TS2322: Type 'string' is not assignable to type 'number'");
    expect(output.match(/error TS/g)?.length).toBe(1);
  });
});

test("the typed examples of the README compile", () => {
  const readme = readFileSync(`${root}README.md`, "utf8");
  const block = (language: string) => readme.match(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``))![1]!;
  const compilerOptions = {
    module: "esnext",
    moduleResolution: "bundler",
    jsx: "react-jsx",
    strict: true,
    noEmit: true,
    target: "es2022",
    types: [],
  };
  const path = folder({
    "client.ts": block("ts"),
    "app.tsx": block("tsx"),
    "dialogue.gen.ts": readFileSync(`${root}test/types/dialogue.gen.ts`, "utf8"),
    "tsconfig.json": JSON.stringify({ compilerOptions }),
  });
  expect(execFileSync(process.execPath, [tsc, "--project", path], { encoding: "utf8" })).toBe("");
});

test("what is published is the build, the licences and the README", () => {
  const packed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" });
  const files: string[] = JSON.parse(packed)[0].files.map(({ path }: { path: string }) => path);
  expect(files.filter((file) => !file.startsWith("dist/")).sort()).toEqual([
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "package.json",
  ]);
  for (const kind of ["esm", "cjs"]) {
    expect(files).toEqual(expect.arrayContaining([`dist/${kind}/index.js`, `dist/${kind}/react/index.d.ts`]));
  }
  const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  expect(manifest.repository.directory).toBe("clients/typescript");
});

test("it has one dependency, and no side effects", () => {
  const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  expect(Object.keys(manifest.dependencies)).toEqual(["socket.io-client"]);
  expect(manifest.sideEffects).toBe(false);
});
