// Where the dialog of the proof is shown; it is fetched when it is first asked for.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { problem } from "@ngx-chat/lib";
import { asking, type Asking } from "../state/proof.ts";

let loaded: ComponentType<{ asking: Asking }> | null = null;

export function ProofHost() {
  const [, setLoaded] = useState(loaded !== null);
  const now = asking.value;

  useEffect(() => {
    if (!now || loaded) return;
    import("./proof.tsx").then(
      ({ ProofDialog }) => { loaded = ProofDialog; setLoaded(true); },
      () => now.cancel(problem("offline", "The dialog can't be fetched.")),
    );
  }, [now]);

  const Shown = loaded;
  return now && Shown ? <Shown asking={now} /> : null;
}
