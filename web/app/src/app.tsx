// Which screen is shown: the session's state decides first, then the route.
import { useEffect } from "preact/hooks";
import { client, snapshot } from "./state/client.ts";
import { go, route } from "./state/route.ts";
import { t } from "./text/index.ts";
import { Toasts } from "./ui/basics.tsx";
import { Icon } from "./ui/icons.tsx";
import { lazy } from "./ui/lazy.tsx";
import { ProofHost } from "./ui/proof-host.tsx";
import { AddPerson } from "./screens/add.tsx";
import { Activity, Blocks, Deletion, Email, Password, ServerExport } from "./screens/affairs.ts";
import { Approve } from "./screens/approve.tsx";
import { Banners } from "./screens/banners.tsx";
import { Chat } from "./screens/chat.tsx";
import { Devices } from "./screens/devices.tsx";
import { Waiting } from "./screens/frame.tsx";
import { List } from "./screens/list.tsx";
import { Pending } from "./screens/pending.tsx";
import { Profile } from "./screens/profile.tsx";
import { Recovery } from "./screens/recovery.tsx";
import { Safety } from "./screens/safety.tsx";
import { Settings } from "./screens/settings.tsx";
import { SignedOut, SoftSignedOut } from "./screens/signin.tsx";
import { OtherTab, Revoked, StorageFailed } from "./screens/stopped.tsx";
import { Verify } from "./screens/verify.tsx";

const Factors = lazy(async () => (await import("./screens/factors.tsx")).Factors);

function Main() {
  const here = route.value;
  switch (here.page) {
    case "chat": return <Chat id={here.id} />;
    case "safety": return <Safety id={here.id} key={here.id} />;
    case "approve": return <Approve id={here.id} key={here.id} />;
    case "new": return <AddPerson />;
    case "settings": return <Settings />;
    case "profile": return <Profile />;
    case "devices": return <Devices />;
    case "recovery": return <Recovery />;
    case "password": return <Password />;
    case "email": return <Email />;
    case "activity": return <Activity />;
    case "blocks": return <Blocks />;
    case "export": return <ServerExport />;
    case "delete": return <Deletion />;
    case "factors": return <Factors />;
    default:
      return (
        <div class="empty">
          <div class="mark"><Icon name="lock" /></div>
          <h2>{t().pickChatTitle}</h2>
          <p>{t().pickChatText}</p>
        </div>
      );
  }
}

function Inside() {
  const here = route.value;
  const state = snapshot.value!;
  const open = ["list", "register", "signin", "reset"].includes(here.page) ? "list" : "main";

  // once: who waits to be let in, and the browser's promise to keep what is stored
  useEffect(() => {
    void client().loadDevices().catch(() => undefined);
    void client().persist().catch(() => undefined);
    void client().life.look().catch(() => undefined); // whether it is to be erased may have changed elsewhere
  }, []);

  useEffect(() => {
    const here = () => {
      const one = route.value;
      return one.page === "chat" ? state.conversations.find((view) => view.id === one.id)?.title ?? t().chats : t().chats;
    };
    document.title = state.unread > 0 ? t().withNew(state.unread, here()) : here();
    if (state.unread > 0) void navigator.setAppBadge?.(state.unread).catch(() => undefined);
    else void navigator.clearAppBadge?.().catch(() => undefined);
  }, [state.unread, here, state.conversations]);

  // Escape goes back, unless something nearer took it
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")
        && !(event.target as HTMLElement).closest(".chat, input, textarea, [role=menu]")) {
        go({ page: "list" });
      }
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);

  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.querySelector<HTMLElement>(".main textarea, .main a, .main button")?.focus(); }}>
        {t().skipToChat}
      </a>
      <div class="shell" data-open={open}>
        <Banners />
        <aside class="side" aria-label={t().chats}><List /></aside>
        <main class="main" id="main"><Main /></main>
      </div>
    </>
  );
}

function Session() {
  const state = snapshot.value;
  switch (state?.session) {
    case undefined:
    case "opening": return <Waiting text={t().openingText} />;
    case "locked_by_other_tab": return <OtherTab />;
    case "signed_out": return <SignedOut />;
    case "unverified": return <Verify />;
    case "preparing": return <Waiting title={t().preparingTitle} text={t().preparingText} />;
    case "pending": return <><Banners /><Pending /></>;
    case "recovering": return <Waiting title={t().recoveringTitle} text={t().recoveringText(state.archive.restored)} />;
    case "soft_signed_out": return <SoftSignedOut />;
    case "revoked": return <Revoked />;
    case "storage_failed": return <StorageFailed />;
    case "ready": return <Inside />;
  }
}

export function App() {
  return <><Session /><ProofHost /><Toasts /></>;
}
