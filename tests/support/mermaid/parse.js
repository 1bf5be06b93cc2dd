// Parses drawings as Mermaid itself does: each file named is one. Prints what is wrong, and fails if anything is.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

// Mermaid cleans labels with the browser's means, even where it only parses.
const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");

for (const file of process.argv.slice(2)) {
  try {
    const { diagramType } = await mermaid.parse(readFileSync(file, "utf8"));
    if (diagramType !== "flowchart-v2") throw new Error(`a ${diagramType}`);
  } catch (error) {
    console.log(`${file}: ${error.message}`);
    process.exitCode = 1;
  }
}
