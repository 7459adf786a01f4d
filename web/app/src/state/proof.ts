// What the server does only for who has proved lately who they are: a refusal for
// want of a proof opens a dialog, and then the call goes again.
import { signal } from "@preact/signals";
import { problem, ProblemError, type FactorName } from "@ngx-chat/lib";

export interface Asking {
  factors: readonly FactorName[];
  done(): void;
  /** without an error: the person doesn't want it */
  cancel(error?: Error): void;
}

/** What the dialog shows; null: nothing is asked. */
export const asking = signal<Asking | null>(null);

const PROOF_CANCELLED = "proof_cancelled"; // nothing was done
const CHOSEN: ReadonlySet<string> = new Set([PROOF_CANCELLED, "passkey_aborted"]);

/** Whether it ended because the person wanted it: then nothing need be said. */
export function chosen(error: unknown): boolean {
  return error instanceof ProblemError && CHOSEN.has(error.code);
}

let open: Promise<void> | null = null;

/** One dialog at a time: calls that need a proof meanwhile wait for the same one. */
function ask(factors: readonly FactorName[]): Promise<void> {
  open ??= new Promise<void>((resolve, reject) => {
    asking.value = {
      factors,
      done: resolve,
      cancel: (error) => reject(error ?? problem(PROOF_CANCELLED, "The proof was not given.")),
    };
  }).finally(() => {
    open = null;
    asking.value = null;
  });
  return open;
}

const NAMES: readonly FactorName[] = ["password", "totp", "backup_code", "passkey"];

/** The factors that a refusal names. */
export function factorsOf(error: ProblemError): FactorName[] {
  const said = error.problem.details.factors;
  return Array.isArray(said) ? NAMES.filter((name) => said.includes(name)) : [];
}

/** Runs a call; if it needs a proof, asks for one and runs it again, once. */
export async function withProof<T>(what: () => Promise<T>): Promise<T> {
  try {
    return await what();
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== "proof_required") throw error;
    await ask(factorsOf(error));
    return what();
  }
}
