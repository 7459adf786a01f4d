// Which language is shown, and how dates and problems read in it.
import { computed, signal } from "@preact/signals";
import { ProblemError, type Problem } from "@ngx-chat/lib";
import { en, type Catalogue } from "./en.ts";

export type Language = "en" | "de";
export const languages: readonly Language[] = ["en", "de"];
export const languageNames: Record<Language, string> = { en: "English", de: "Deutsch" };

const KEPT = "ngx_chat.language";

/** What the person chose; auto: the browser's. */
export const languageChoice = signal<Language | "auto">("auto");

const catalogue = signal<Catalogue>(en);

/** The strings of the language that is shown. */
export function t(): Catalogue {
  return catalogue.value;
}

function wanted(choice: Language | "auto"): Language {
  if (choice !== "auto") {
    return choice;
  }
  for (const tag of navigator.languages) {
    const found = languages.find((language) => tag.toLowerCase().split("-")[0] === language);
    if (found) {
      return found;
    }
  }
  return "en";
}

/** Shows a language; the others than English are fetched when they are wanted. */
export async function chooseLanguage(choice: Language | "auto"): Promise<void> {
  languageChoice.value = choice;
  try {
    localStorage.setItem(KEPT, choice);
  } catch {
    // private windows may refuse: then it holds for this visit
  }
  const language = wanted(choice);
  try {
    catalogue.value = language === "de" ? (await import("./de.ts")).de : en;
  } catch {
    catalogue.value = en; // its file can't be had now: English is always there
  }
  document.documentElement.lang = catalogue.value.locale;
}

/** At the start: the language of the last visit. */
export async function startLanguage(): Promise<void> {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // as above
  }
  await chooseLanguage(languages.includes(kept as Language) ? (kept as Language) : "auto");
}

const formats = computed(() => {
  const language = catalogue.value.locale;
  // "en-GB" and "de-AT" write times and dates in their own way
  const locale = navigator.languages.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;
  return {
    time: new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }),
    weekday: new Intl.DateTimeFormat(locale, { weekday: "long" }),
    shortDay: new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }),
    longDay: new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" }),
    moment: new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }),
    fullDay: new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" }),
  };
});

function daysAgo(ms: number, now: number): number {
  const a = new Date(ms);
  const b = new Date(now);
  return Math.round(
    (Date.UTC(b.getFullYear(), b.getMonth(), b.getDate()) - Date.UTC(a.getFullYear(), a.getMonth(), a.getDate())) / 86_400_000,
  );
}

export function clock(ms: number): string {
  return formats.value.time.format(ms);
}

/** A day as a heading: today, yesterday, a weekday, a date. */
export function dayName(ms: number, now = Date.now()): string {
  const ago = daysAgo(ms, now);
  if (ago === 0) return t().today;
  if (ago === 1) return t().yesterday;
  if (ago > 1 && ago < 7) return formats.value.weekday.format(ms);
  return new Date(ms).getFullYear() === new Date(now).getFullYear()
    ? formats.value.longDay.format(ms)
    : formats.value.fullDay.format(ms);
}

/** A moment in a list: the time today, else the day, briefly. */
export function briefTime(ms: number, now = Date.now()): string {
  const ago = daysAgo(ms, now);
  if (ago <= 0) return clock(ms);
  if (ago === 1) return t().yesterday;
  if (ago < 7) return formats.value.weekday.format(ms);
  return formats.value.shortDay.format(ms);
}

/** A day with its year: what is announced for then. */
export function fullDay(ms: number): string {
  return formats.value.fullDay.format(ms);
}

/** A day and its time, whole: what a log says. */
export function moment(ms: number): string {
  return formats.value.moment.format(ms);
}

/** How long something lasts: seconds, from two minutes on minutes, from two hours on hours. */
export function duration(seconds: number): string {
  const [n, unit] = seconds < 120 ? [seconds, "second"] : seconds < 7200 ? [Math.ceil(seconds / 60), "minute"] : [Math.ceil(seconds / 3600), "hour"];
  return new Intl.NumberFormat(t().locale, { style: "unit", unit, unitDisplay: "long" }).format(n as number);
}

/** A size as people read it. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let n = bytes;
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${new Intl.NumberFormat(t().locale, { maximumFractionDigits: n < 10 && unit > 0 ? 1 : 0 }).format(n)} ${units[unit]}`;
}

/** What a refusal is that only its code tells of. */
export function sayCode(code: string): string {
  return t().problem[code] ?? code;
}

/** What a refusal means for the person. */
export function sayProblem(problem: Problem): string {
  const say = t();
  if (problem.retryAfter && (problem.code === "rate_limited" || problem.status === 429)) {
    return say.rateLimited(problem.retryAfter);
  }
  const known = (problem.code === "weak_password" && say.weakPassword[String(problem.details.reason)]) || say.problem[problem.code];
  if (known) {
    return known;
  }
  if (problem.code === "invalid_parameter") {
    const name = String(problem.details.parameter ?? "");
    const words = say as unknown as Record<string, unknown>;
    return say.parameterFault(typeof words[name] === "string" ? (words[name] as string) : name);
  }
  return say.unknownProblem(problem.code);
}

/** The same for whatever was thrown. */
export function sayError(error: unknown): string {
  if (error instanceof ProblemError) {
    return sayProblem(error.problem);
  }
  console.error(error);
  return t().unknownProblem(error instanceof Error ? error.name : "unknown");
}
