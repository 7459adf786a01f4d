// The service worker, and when its new version may take over.
import { signal } from "@preact/signals";

/** none; ready: a version waits; waits: it is wanted, but something is being written. */
export const update = signal<"none" | "ready" | "waits">("none");

/** When the new version has not taken over by then, the page is loaded anew without it, and offers it again. */
const TAKEOVER_MS = 5_000;

let writing = false;
let waiting: ServiceWorker | null = null;
let reloading = false;

const policy = window.trustedTypes?.createPolicy("chat", {
  createScriptURL(url: string): string {
    if (new URL(url, location.href).href !== new URL("sw.js", document.baseURI).href) {
      throw new TypeError(`not a script of ours: ${url}`);
    }
    return url;
  },
});

function found(worker: ServiceWorker): void {
  waiting = worker;
  update.value = "ready";
}

export async function startUpdates(): Promise<void> {
  if (!("serviceWorker" in navigator)) {
    return;
  }
  const first = !navigator.serviceWorker.controller;
  const url = policy ? policy.createScriptURL("sw.js") : "sw.js";

  try {
    const registration = await navigator.serviceWorker.register(url as string, { updateViaCache: "none" });
    if (registration.waiting && !first) {
      found(registration.waiting);
    }
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => {
        if (worker.state === "installed" && navigator.serviceWorker.controller) {
          found(worker);
        }
      });
    });
    const look = () => document.visibilityState === "visible" && registration.update().catch(() => undefined);
    setInterval(look, 3_600_000);
    addEventListener("online", look);
  } catch (error) {
    console.warn("no service worker:", error); // the app works, but needs its server to open
  }

  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (reloading) {
      location.reload();
    } else if (!first) {
      update.value = "ready"; // another tab let it in; this one goes on until it is asked
      waiting = null;
    }
  });
}

/** The person wants the new version: at once, or when nothing is being written. */
export function applyUpdate(): void {
  if (writing) {
    update.value = "waits";
    reloading = false;
    return;
  }
  reloading = true;
  if (waiting) {
    waiting.postMessage("activate");
    waiting = null;
    setTimeout(applyUpdate, TAKEOVER_MS); // by then something may be written again
  } else {
    location.reload();
  }
}

/** The composer says whether something stands in it. */
export function setWriting(now: boolean): void {
  writing = now;
  if (!now && update.value === "waits") {
    applyUpdate();
  }
}
