// The start: language, client, screen, service worker; in this order.
import { render } from "preact";
import { App } from "./app.tsx";
import { start } from "./state/client.ts";
import { lacks } from "./state/support.ts";
import "./state/prefs.ts";
import { Unsupported } from "./screens/stopped.tsx";
import { startUpdates } from "./state/update.ts";
import { startLanguage } from "./text/index.ts";

const place = document.getElementById("app")!;

async function run(): Promise<void> {
  await startLanguage();
  const missing = await lacks();
  place.replaceChildren();
  render(missing ? <Unsupported missing={missing} /> : <App />, place);
  if (!missing) await start();
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
