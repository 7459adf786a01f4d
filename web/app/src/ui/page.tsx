// A page beside the list: a head with the way back, and what stands below.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { go, href, type Route } from "../state/route.ts";
import { t } from "../text/index.ts";
import { Icon } from "./icons.tsx";

export function Page({ title, back, children }: { title: string; back: Route; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);

  // who comes here by keyboard or screen reader starts at the title
  useEffect(() => {
    if (!document.activeElement || document.activeElement === document.body || !document.activeElement.closest(".main")) {
      heading.current?.focus();
    }
  }, [title]);

  return (
    <>
      <header class="head">
        <a class={`icon-button${back.page === "list" ? " only-phone" : ""}`} href={href(back)} aria-label={t().back}
          onClick={(event) => { event.preventDefault(); go(back); }}>
          <Icon name="back" />
        </a>
        <div class="names"><h1 ref={heading} tabIndex={-1}>{title}</h1></div>
      </header>
      <div class="page"><div class="inner">{children}</div></div>
    </>
  );
}

/** A heading and its box of entries. */
export function Group({ title, children }: { title?: string; children: ComponentChildren }) {
  return (
    <section>
      {title && <h2 class="group-title">{title}</h2>}
      <div class="group">{children}</div>
    </section>
  );
}
