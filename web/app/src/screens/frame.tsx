// The frame of everything before somebody is in: one card on a quiet page.
import type { ComponentChildren } from "preact";
import { Mark } from "../ui/icons.tsx";
import { snapshot } from "../state/client.ts";
import { languageChoice, chooseLanguage, languageNames, languages, t, type Language } from "../text/index.ts";

export function Gate({ children }: { children: ComponentChildren }) {
  return (
    <div class="gate">
      <main>
        <div class="brand"><Mark />{snapshot.value?.server?.name ?? t().appName}</div>
        {children}
      </main>
      <footer>
        <LanguageLinks />
      </footer>
    </div>
  );
}

function LanguageLinks() {
  const shown = languageChoice.value === "auto" ? (t().locale as Language) : languageChoice.value;
  return (
    <nav aria-label={t().language}>
      {languages.map((language, i) => (
        <>
          {i > 0 && <span aria-hidden="true"> · </span>}
          <button type="button" class="link" lang={language} aria-current={shown === language ? "true" : undefined}
            onClick={() => chooseLanguage(language)}>{languageNames[language]}</button>
        </>
      ))}
    </nav>
  );
}

export function Card({ title, text, children }: { title: string; text?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <section class="card">
      <header>
        <h1>{title}</h1>
        {text && <p>{text}</p>}
      </header>
      {children}
    </section>
  );
}

/** What is shown while nothing can be done: what happens, and that it happens. */
export function Waiting({ title, text }: { title?: string; text: string }) {
  return (
    <Gate>
      <section class="card center" role="status">
        <div class="spinner" />
        {title && <h1>{title}</h1>}
        <p class="quiet">{text}</p>
      </section>
    </Gate>
  );
}
