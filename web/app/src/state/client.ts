// The one client of this page, and its snapshot as a signal.
import { computed, signal } from "@preact/signals";
import { openClient, type Client, type ConversationView, type Snapshot } from "@ngx-chat/lib";

let opened: Client | null = null;

const state = signal<Snapshot | null>(null);

/** The client's newest snapshot; null until it is open. */
export const snapshot = computed(() => state.value);

export const conversations = computed<readonly ConversationView[]>(() => state.value?.conversations ?? []);

export function conversation(id: string): ConversationView | null {
  return conversations.value.find((one) => one.id === id) ?? null;
}

/** The client; only after start(). */
export function client(): Client {
  if (!opened) {
    throw new Error("the client isn't open yet");
  }
  return opened;
}

/** Where the API is: said by the page, relative to it. */
export function apiBase(): string {
  const said = document.querySelector<HTMLMetaElement>('meta[name="chat-api"]')?.content ?? "api/v1/";
  return new URL(said, document.baseURI).href;
}

export async function start(): Promise<void> {
  const fresh = await openClient({ base: apiBase(), ...thisDevice() });
  opened = fresh;
  state.value = fresh.snapshot();
  fresh.subscribe(() => {
    state.value = fresh.snapshot();
  });
}

/** A name for this browser that its owner recognises in a list. */
export function thisDevice(agent = navigator.userAgent): { deviceName: string; devicePlatform: string } {
  const browser = /Edg\//.test(agent) ? "Edge" : /OPR\//.test(agent) ? "Opera" : /Firefox\//.test(agent) ? "Firefox"
    : /Chrom(e|ium)\//.test(agent) ? "Chrome" : /Safari\//.test(agent) ? "Safari" : "Browser";
  const system = /Android/.test(agent) ? "Android" : /iPhone/.test(agent) ? "iPhone" : /iPad/.test(agent) ? "iPad"
    : /Windows/.test(agent) ? "Windows" : /Mac OS X/.test(agent) ? "Mac" : /CrOS/.test(agent) ? "ChromeOS" : /Linux/.test(agent) ? "Linux" : "";
  return { deviceName: system ? `${browser} on ${system}` : browser, devicePlatform: "web" };
}
