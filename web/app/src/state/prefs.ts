// Small choices of this browser that hold no secret: the theme, what was put off.
import { signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";

const THEME = "ngx_chat.theme";

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // holds for this visit
  }
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const kept = read(THEME);

export const theme = signal<Theme>(kept === "light" || kept === "dark" ? kept : "auto");

function apply(): void {
  const shown = theme.value === "auto" ? (dark.matches ? "dark" : "light") : theme.value;
  document.documentElement.dataset.theme = shown;
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", shown === "dark" ? "#161a18" : "#ffffff");
}

dark.addEventListener("change", apply);
apply();

export function chooseTheme(to: Theme): void {
  theme.value = to;
  write(THEME, to);
  apply();
}

const DAY = 86_400_000;

/** A question that is asked again after some days. */
export function askAgain(name: string): {
  due(now?: number): boolean;
  putOff(days: number, now?: number): void;
} {
  const key = `ngx_chat.ask.${name}`;
  const until = signal(Number(read(key) ?? 0));
  return {
    due: (now = Date.now()) => now >= until.value,
    putOff(days, now = Date.now()) {
      until.value = now + days * DAY;
      write(key, String(until.value));
    },
  };
}

export const askRecovery = askAgain("recovery");
export const askRecoveryCheck = askAgain("recovery-check");
export const askPersist = askAgain("persist");
