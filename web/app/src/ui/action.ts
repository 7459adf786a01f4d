// A thing that takes a while: busy meanwhile, and what went wrong said in words.
import { useRef, useState } from "preact/hooks";
import { sayError } from "../text/index.ts";

export interface Action {
  busy: boolean;
  fault: string | null;
  clear(): void;
  /** Runs it unless it runs; true when it went well. */
  run(what: () => Promise<unknown>): Promise<boolean>;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const running = useRef(false);

  return {
    busy,
    fault,
    clear: () => setFault(null),
    async run(what) {
      if (running.current) return false;
      running.current = true;
      setBusy(true);
      setFault(null);
      try {
        await what();
        return true;
      } catch (error) {
        setFault(sayError(error));
        return false;
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
  };
}
