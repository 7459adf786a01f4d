// The hash of what this browser runs: build.txt lists each file with its own.
import { signal } from "@preact/signals";

export const build = signal<string | null>(null);

/** Reads it once; the answer comes from the service worker's copy. */
export async function loadBuild(): Promise<void> {
  if (build.value) {
    return;
  }
  try {
    const answer = await fetch(new URL("build.txt", document.baseURI));
    if (!answer.ok) {
      return;
    }
    const hash = await crypto.subtle.digest("SHA-256", await answer.arrayBuffer());
    build.value = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  } catch {
    build.value = null; // offline without a copy: settings say nothing
  }
}
