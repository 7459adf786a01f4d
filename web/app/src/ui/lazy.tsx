// A part that is fetched when it is first shown, so that the first load stays small.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../text/index.ts";
import { Notice } from "./basics.tsx";

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;

  return function Lazy(props: P) {
    const [Part, setPart] = useState<ComponentType<P> | null>(() => loaded);
    const [failed, setFailed] = useState(false);

    useEffect(() => {
      if (Part || failed) return;
      let gone = false;
      load().then(
        (part) => { loaded = part; if (!gone) setPart(() => part); },
        () => { if (!gone) setFailed(true); },
      );
      return () => { gone = true; };
    }, [Part, failed]);

    if (Part) return <Part {...props} />;
    if (!failed) return <div class="center pad"><div class="spinner" role="status" aria-label={t().loading} /></div>;
    return (
      <div class="pad">
        <Notice kind="warn" role="alert">
          {t().problem.offline} <button type="button" class="link" onClick={() => setFailed(false)}>{t().retry}</button>
        </Notice>
      </div>
    );
  };
}
