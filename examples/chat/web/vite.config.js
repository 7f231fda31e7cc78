import { defineConfig } from "vite";

/** Names without hashes, and no maps: the output is committed, and its differences should be readable. */
export default defineConfig({
  base: "./",
  build: {
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.txt" },
    rolldownOptions: { output: { entryFileNames: "app.js", assetFileNames: "[name][extname]" } },
  },
  // `npm run dev` serves the sources, beside a chat that `cargo run -p chat` has started.
  server: { proxy: { "/socket.io": { target: "http://localhost:3000", ws: true } } },
});
