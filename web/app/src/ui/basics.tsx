// Small pieces that every screen uses.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import type { Action } from "./action.ts";
import { Icon, type IconName } from "./icons.tsx";
import { duration, t } from "../text/index.ts";

/** One of eight colours, always the same for a name. */
export function hue(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) {
    sum = (sum * 31 + text.charCodeAt(i)) >>> 0;
  }
  return sum % 8;
}

export function initial(name: string): string {
  const first = [...name.trim()][0] ?? "?";
  return first.toLocaleUpperCase();
}

export function Avatar({ name, id, size }: { name: string; id: string; size?: "s" | "l" }) {
  return <span class={size ? `avatar ${size}` : "avatar"} data-hue={hue(id)} aria-hidden="true">{initial(name)}</span>;
}

export function Notice({ kind, icon, children, role }: {
  kind?: "bad" | "warn" | "good" | "private"; icon?: IconName; children: ComponentChildren; role?: "alert" | "status";
}) {
  return (
    <div class={`notice ${kind ?? ""}`} role={role}>
      <Icon name={icon ?? (kind === "bad" || kind === "warn" ? "alert" : "info")} />
      <div class="grow">{children}</div>
    </div>
  );
}

/** What went wrong with an action; after too many attempts, how long it takes until the next. */
export function Fault({ of }: { of: Action }) {
  if (!of.fault) return null;
  if (!of.problem?.retryAfter) return <Notice kind="bad" role="alert">{of.fault}</Notice>;
  // a screen reader is told twice, not each second
  return of.wait > 0 ? (
    <Notice kind="bad" icon="clock" role="alert">
      <span class="visually-hidden">{t().waitBriefly}</span>
      <span aria-hidden="true" data-testid="wait">{t().waitLeft(duration(of.wait))}</span>
    </Notice>
  ) : <Notice role="status">{t().waitOver}</Notice>;
}

interface FieldProps {
  label: string;
  name: string;
  value: string;
  onInput(value: string): void;
  hint?: string;
  fault?: string | null;
  type?: "text" | "email" | "password";
  autoComplete?: string;
  inputMode?: "text" | "numeric" | "email";
  maxLength?: number;
  required?: boolean;
  autoFocus?: boolean;
  placeholder?: string;
  code?: boolean;
}

/** A labelled input whose hint and fault are tied to it. */
export function Field(props: FieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const secret = props.type === "password";

  // the attribute is for dialogs: opening one moves the focus after this
  useEffect(() => {
    if (props.autoFocus) input.current?.focus();
  }, []);

  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class={secret ? "with-button" : undefined}>
        <input
          ref={input} id={id} name={props.name} class={props.code ? "input code-input" : "input"} value={props.value}
          type={(secret && shown ? "text" : props.type ?? "text") as "text"} autoComplete={props.autoComplete ?? "off"}
          inputMode={props.inputMode} maxLength={props.maxLength} required={props.required} placeholder={props.placeholder}
          autofocus={props.autoFocus} autoCapitalize="none" autoCorrect="off" spellcheck={false}
          aria-invalid={props.fault ? "true" : undefined}
          aria-describedby={props.fault ? `${id}-fault` : props.hint ? `${id}-hint` : undefined}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
        {secret && (
          <button type="button" class="icon-button" aria-pressed={shown} aria-label={shown ? t().hidePassword : t().showPassword}
            onClick={() => setShown(!shown)}>
            <Icon name={shown ? "eyeOff" : "eye"} />
          </button>
        )}
      </div>
      {props.fault ? <p class="fault" id={`${id}-fault`} role="alert">{props.fault}</p>
        : props.hint && <p class="hint" id={`${id}-hint`}>{props.hint}</p>}
    </div>
  );
}

/** A dialog: the browser keeps the focus in it and gives it back. */
export function Dialog({ title, onClose, children }: { title: string; onClose(): void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();

  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.showModal();
    return () => {
      if (before?.isConnected) before.focus();
    };
  }, []);

  return (
    <dialog ref={box} class="dialog" aria-labelledby={id}
      onCancel={(event) => { event.preventDefault(); onClose(); }}
      onClick={(event) => { if (event.target === box.current) onClose(); }}>
      <div class="inside">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

/** Asks before something that can't be undone. */
export function Confirm({ title, text, action, danger, onYes, onNo }: {
  title: string; text: string; action: string; danger?: boolean; onYes(): void | Promise<void>; onNo(): void;
}) {
  const [busy, setBusy] = useState(false);
  return (
    <Dialog title={title} onClose={onNo}>
      <p class="quiet">{text}</p>
      <div class="row end">
        <button type="button" class="button second" onClick={onNo}>{t().cancel}</button>
        <button type="button" class={danger ? "button danger" : "button"} disabled={busy}
          onClick={async () => { setBusy(true); try { await onYes(); } finally { setBusy(false); } }}>{action}</button>
      </div>
    </Dialog>
  );
}

export interface MenuEntry {
  icon: IconName;
  label: string;
  danger?: boolean;
  run(): void;
}

/** A button with a menu: arrows move, Escape closes, the focus comes back. */
export function Menu({ label, entries }: { label: string; entries: MenuEntry[] }) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const items = () => [...(place.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];

  useLayoutEffect(() => {
    if (open) items()[0]?.focus();
  }, [open]);

  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (!place.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);

  function key(event: KeyboardEvent): void {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all[(to + all.length) % all.length]?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      if (event.key === "Escape") event.stopPropagation();
      setOpen(false);
      button.current?.focus();
    }
  }

  return (
    <div class="menu-place" ref={place}>
      <button ref={button} type="button" class="icon-button" aria-label={label} aria-haspopup="menu" aria-expanded={open}
        onClick={() => setOpen(!open)}>
        <Icon name="more" />
      </button>
      {open && (
        <div class="menu" role="menu" aria-label={label} onKeyDown={key}>
          {entries.map((entry) => (
            <button type="button" role="menuitem" tabIndex={-1} class={entry.danger ? "bad" : undefined} key={entry.label}
              onClick={() => { setOpen(false); button.current?.focus(); entry.run(); }}>
              <Icon name={entry.icon} />{entry.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

const toasted = signal<string | null>(null);
let toastTimer: ReturnType<typeof setTimeout> | undefined;

/** Says something that needs no answer, for some seconds. */
export function toast(text: string): void {
  toasted.value = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { toasted.value = null; }, 4000);
}

export function Toasts() {
  return <div role="status" aria-live="polite">{toasted.value && <div class="toast">{toasted.value}</div>}</div>;
}

/** Copies text and says so. */
export async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  toast(t().copied);
}
