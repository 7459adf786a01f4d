// The start: language, client, screen, service worker; in this order.
import { render } from "preact";
import { App } from "./app.tsx";
import { start } from "./state/client.ts";
import "./state/prefs.ts";
import { startUpdates } from "./state/update.ts";
import { startLanguage } from "./text/index.ts";

const place = document.getElementById("app")!;

async function run(): Promise<void> {
  await startLanguage();
  place.replaceChildren();
  render(<App />, place);
  await start();
}

run().catch((error: unknown) => {
  console.error(error);
  const text = document.createElement("p");
  text.className = "empty";
  text.setAttribute("role", "alert");
  text.textContent = `ngx_chat can’t start here: ${(error as Error).message}`;
  place.replaceChildren(text);
});

addEventListener("load", () => void startUpdates());
