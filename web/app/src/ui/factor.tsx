// The second factor beside a password: the code of an app, or a backup code.
import { useState } from "preact/hooks";
import type { FactorName, Proof } from "@ngx-chat/lib";
import { t } from "../text/index.ts";
import { Field } from "./basics.tsx";

const CODE = 6; // digits, as the server and every app have it

export interface Factor {
  /** what was typed, as signing in and a proof take it; null while it isn't complete */
  proof: Proof | null;
  /** what an account has that is typed */
  kind: "totp" | "backup_code" | null;
  codes: { totp: string; backup: string };
  both: boolean;
  setTotp(code: string): void;
  setBackup(code: string): void;
  other(): void;
  /** after a refusal: the code is of no use any more */
  empty(): void;
}

export function useFactor(factors: readonly FactorName[]): Factor {
  const [totp, setTotp] = useState("");
  const [backup, setBackup] = useState("");
  const [wanted, want] = useState<"totp" | "backup_code" | null>(null);
  const has = (name: FactorName) => factors.includes(name);
  const kind = wanted && has(wanted) ? wanted : has("totp") ? "totp" : has("backup_code") ? "backup_code" : null;
  const proof = kind === "totp" ? (totp.length === CODE ? { totp } : null)
    : kind === "backup_code" && backup.replace(/[\s-]/g, "").length >= 24 ? { backupCode: backup.trim() } : null;

  return {
    proof,
    kind,
    codes: { totp, backup },
    both: has("totp") && has("backup_code"),
    setTotp: (code) => setTotp(code.replace(/\D/g, "").slice(0, CODE)),
    setBackup,
    other: () => want(kind === "totp" ? "backup_code" : "totp"),
    empty: () => { setTotp(""); setBackup(""); },
  };
}

/** Its field; first: it gets the focus. */
export function FactorField({ factor, first }: { factor: Factor; first?: boolean }) {
  const [changed, setChanged] = useState(false);
  if (!factor.kind) return null;
  return (
    <div class="stack tight">
      {factor.kind === "totp"
        ? <Field key="totp" label={t().factorCode} name="totp" value={factor.codes.totp} onInput={factor.setTotp} code required
          autoFocus={first || changed} autoComplete="one-time-code" inputMode="numeric" hint={t().factorCodeHint} />
        : <Field key="backup" label={t().backupCode} name="backup_code" value={factor.codes.backup} onInput={factor.setBackup} required
          autoFocus={first || changed} maxLength={64} hint={t().backupCodeHint} />}
      {factor.both && (
        <p class="small"><button type="button" class="link" onClick={() => { setChanged(true); factor.other(); }}>
          {factor.kind === "totp" ? t().useBackupCode : t().useFactorCode}
        </button></p>
      )}
    </div>
  );
}
