// A thing that takes a while: busy meanwhile, what went wrong said in words, and
// how long to wait until it may be tried again. A proof that it needs is asked for.
import { useEffect, useRef, useState } from "preact/hooks";
import { ProblemError, type Problem } from "@ngx-chat/lib";
import { chosen, withProof } from "../state/proof.ts";
import { sayError } from "../text/index.ts";

export interface Action {
  busy: boolean;
  fault: string | null;
  /** what the fault says, if the server or the client refused */
  problem: Problem | null;
  /** seconds until it may be tried again; counts down */
  wait: number;
  clear(): void;
  /** Runs it unless it runs; true when it went well. */
  run(what: () => Promise<unknown>): Promise<boolean>;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  // the error, not its words: those are of the language that is shown
  const [failed, setFailed] = useState<{ error: unknown } | null>(null);
  const [wait, setWait] = useState(0);
  const running = useRef(false);
  const problem: Problem | null = failed?.error instanceof ProblemError ? failed.error.problem : null;

  // by the clock, not by its ticks: those of a hidden page are late
  useEffect(() => {
    if (!problem?.retryAfter) return;
    const until = Date.now() + problem.retryAfter * 1000;
    const tick = () => setWait(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [problem]);

  function say(error: unknown): void {
    if (chosen(error)) return;
    setWait(error instanceof ProblemError ? error.problem.retryAfter ?? 0 : 0);
    setFailed({ error });
  }

  function clear(): void {
    setFailed(null);
    setWait(0);
  }

  return {
    busy,
    fault: failed && sayError(failed.error),
    problem,
    wait,
    clear,
    async run(what) {
      if (running.current) return false;
      running.current = true;
      setBusy(true);
      clear();
      try {
        await withProof(what);
        return true;
      } catch (error) {
        say(error);
        return false;
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
  };
}
