import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The React tests, with the packages of one version of React. */
const react = (version: number, modules: string) => ({
  resolve: {
    alias: [
      ...["react", "react-dom"].map((name) => ({
        find: new RegExp(`^${name}(?=/|$)`),
        replacement: path(`${modules}/${name}`),
      })),
      // The build whose imports of React the aliases above reach.
      {
        find: /^@testing-library\/react$/,
        replacement: path("../../node_modules/@testing-library/react/dist/@testing-library/react.esm.js"),
      },
    ],
  },
  test: {
    name: `react ${version}`,
    include: ["test/react/**/*.test.tsx"],
    environment: "happy-dom",
    env: { REACT_VERSION: String(version) },
    setupFiles: ["test/support/react.ts"],
    server: { deps: { inline: [/@testing-library/] } },
  },
});

const target = process.env["CARGO_TARGET_DIR"] ?? path("../../target");

export default defineConfig({
  test: {
    env: { REFERENCE_BIN: process.env["REFERENCE_BIN"] ?? `${target}/debug/reference-server` },
    fileParallelism: false,
    testTimeout: 15_000,
    projects: [
      { extends: true, test: { name: "unit", include: ["test/*.test.ts"], execArgv: ["--expose-gc"] } },
      { extends: true, ...react(19, "../../node_modules") },
      { extends: true, ...react(18, "../../tests/react-18/node_modules") },
    ],
  },
});
