// Everything the server holds on the account, page by page into one file.
import { useEffect, useRef, useState } from "preact/hooks";
import { problem } from "@ngx-chat/lib";
import { client, snapshot } from "../state/client.ts";
import { withProof } from "../state/proof.ts";
import { size, t } from "../text/index.ts";
import { useAction } from "../ui/action.ts";
import { Fault, Notice } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";
import { Page } from "../ui/page.tsx";

const PAGES_MAX = 100_000; // of half a megabyte; a server that always has another one would be read for ever

interface Got {
  items: number;
  bytes: number;
}

/** Reads all pages; each may ask for a proof of its own, and goes on where it was. */
async function readAll(over: AbortSignal, tell: (got: Got) => void): Promise<Blob> {
  const parts: Blob[] = [];
  const cancelled = new Promise<never>((_, reject) => {
    over.addEventListener("abort", () => reject(problem("export_cancelled", "The export was cancelled.")));
  });
  cancelled.catch(() => undefined); // it may come when nobody waits any more
  const got = { items: 0, bytes: 0 };
  let cursor: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = await Promise.race([withProof(() => client().life.exportPage(cursor)), cancelled]);
    const part = new Blob([page.text]); // the browser may put it on its disk
    parts.push(part);
    got.items += page.items;
    got.bytes += part.size;
    tell({ ...got });
    if (page.next === null) return new Blob(parts, { type: "application/jsonl" });
    cursor = page.next;
  }
  throw problem("bad_answer", "The export has no end.", { pages: PAGES_MAX });
}

export function ServerExport() {
  const [got, setGot] = useState<Got | null>(null);
  const [file, setFile] = useState<string | null>(null);
  const [cancelled, setCancelled] = useState(false);
  const running = useRef<AbortController | null>(null);
  const saveLink = useRef<HTMLAnchorElement>(null);
  const action = useAction();

  useEffect(() => () => running.current?.abort(), []);
  useEffect(() => {
    if (!file) return;
    return () => URL.revokeObjectURL(file);
  }, [file]);
  useEffect(() => { if (file && !action.busy) saveLink.current?.focus(); }, [file, action.busy]);

  async function run(): Promise<void> {
    const over = new AbortController();
    running.current = over;
    setFile(null);
    setCancelled(false);
    setGot({ items: 0, bytes: 0 });
    await action.run(async () => {
      try {
        const whole = await readAll(over.signal, setGot);
        setFile(URL.createObjectURL(whole));
      } catch (error) {
        if (!over.signal.aborted) throw error;
        setCancelled(true); // that isn't a fault
      }
    });
    running.current = null;
  }

  const figures: [string, string] = [t().number(got?.items ?? 0), size(got?.bytes ?? 0)];
  const name = `ngx_chat-server-${snapshot.value?.me?.username ?? ""}-${new Date().toISOString().slice(0, 10)}.jsonl`;

  return (
    <Page title={t().serverExport} back={{ page: "settings" }}>
      <p>{t().serverExportText}</p>
      <Notice kind="warn">{t().serverExportCare}</Notice>
      {action.busy && (
        <div class="stack tight" role="group" aria-label={t().serverExportRunning}>
          <progress class="progress" aria-label={t().serverExportRunning} />
          <p class="small quiet" data-testid="export-progress">{t().serverExportProgress(...figures)}</p>
        </div>
      )}
      <div role="status">
        {action.busy ? <span class="visually-hidden">{t().serverExportRunning}</span>
          : file ? <Notice kind="good" icon="check">{t().serverExportDone(...figures)}</Notice>
            : cancelled ? <Notice>{t().serverExportCancelled}</Notice> : null}
      </div>
      <Fault of={action} />
      <div class="row">
        {action.busy ? <button type="button" class="button second" onClick={() => running.current?.abort()}>{t().serverExportCancel}</button>
          : file ? <a ref={saveLink} class="button" href={file} download={name}><Icon name="download" />{t().serverExportSave}</a>
            : <button type="button" class="button" onClick={run} disabled={action.wait > 0}><Icon name="download" />{t().serverExportDo}</button>}
      </div>
    </Page>
  );
}
