// Proofs, second factors and password resets: calls and nothing kept, since what
// they carry is secret.

import { problem, type wire } from "../net/index.ts";
import type { Core } from "./core.ts";
import type { Millis } from "./row-types.ts";

export type FactorName = wire.FactorName;
export type PasskeyAssertion = wire.PasskeyAssertion;

/** The password, and where there is a second factor a code beside it; or a passkey alone. */
export interface Proof {
  password?: string;
  totp?: string;
  backupCode?: string;
  passkey?: PasskeyAssertion;
}

export interface FactorsView {
  factors: readonly FactorName[];
  /** when one-time passwords were set up; null: they aren't */
  totp: Millis | null;
  /** how many are left */
  backupCodes: number;
  passkeys: readonly PasskeyView[];
}

export interface PasskeyView {
  id: string;
  name: string;
  created: Millis;
  lastUsed: Millis | null;
  /** two have its key: the server refuses it */
  cloned: boolean;
}

export interface NewTotp {
  /** base32, for typing */
  secret: string;
  /** otpauth://…, for a QR code */
  uri: string;
  expires: Millis;
}

/** What the browser made by the options of passkeyOptions(), as base64url. */
export interface NewPasskey {
  clientData: string;
  attestationObject: string;
  name?: string;
}

export interface PasskeyChallenge {
  /** PublicKeyCredentialRequestOptionsJSON of WebAuthn */
  options: Record<string, unknown>;
  expires: Millis;
}

/** A reset that was asked for: the mail's code or link confirms it. */
export interface PasswordReset {
  id: string;
  sendAttempt: number;
  expires: Millis;
}

/** client.security. Codes are returned once and kept nowhere. */
export interface Security {
  /** Shows once more who holds this session; what answered proof_required may be asked again. */
  prove(proof: Proof): Promise<void>;
  /** For a sign-in, or for prove() of this session. */
  passkeyChallenge(purpose: "sign_in" | "proof"): Promise<PasskeyChallenge>;

  factors(): Promise<FactorsView>;
  totpMake(): Promise<NewTotp>;
  /** The backup codes, if this is the account's first second factor. */
  totpConfirm(code: string): Promise<readonly string[] | null>;
  totpRemove(): Promise<void>;
  backupCodesRenew(): Promise<readonly string[]>;
  /** PublicKeyCredentialCreationOptionsJSON of WebAuthn */
  passkeyOptions(): Promise<Record<string, unknown>>;
  /** The backup codes, if this is the account's first second factor. */
  passkeyAdd(made: NewPasskey): Promise<readonly string[] | null>;
  passkeyRename(passkey: string, name: string): Promise<void>;
  passkeyRemove(passkey: string): Promise<void>;

  /** Asks for a mail; before: the one asked for already, when another mail is wanted. */
  resetAsk(email: string, before?: PasswordReset): Promise<PasswordReset>;
  resetConfirm(reset: string, by: { code: string } | { link: string }, password: string): Promise<void>;
}

/** As the server names it; signing in takes the same. */
export function proofBody(proof: Proof): wire.Proof {
  return {
    ...(proof.password !== undefined ? { password: proof.password } : {}),
    ...(proof.totp !== undefined ? { totp: proof.totp } : {}),
    ...(proof.backupCode !== undefined ? { backup_code: proof.backupCode } : {}),
    ...(proof.passkey !== undefined ? { passkey: proof.passkey } : {}),
  };
}

export class AccountSecurity implements Security {
  /** core: of the engine that runs now; throws in a tab that has none */
  constructor(private readonly core: () => Core) {}

  async prove(proof: Proof): Promise<void> {
    await this.core().api.prove(proofBody(proof));
  }

  async passkeyChallenge(purpose: "sign_in" | "proof"): Promise<PasskeyChallenge> {
    const core = this.core();
    const { public_key, expires } = await core.api.passkeyChallenge(purpose === "proof" ? core.device : undefined);
    return { options: public_key as Record<string, unknown>, expires: Date.parse(expires) };
  }

  async factors(): Promise<FactorsView> {
    const { api } = this.core();
    const [factors, passkeys] = await Promise.all([api.factors(), api.passkeys()]);
    return {
      factors: factors.factors,
      totp: factors.totp ? Date.parse(factors.totp.created) : null,
      backupCodes: factors.backup_codes,
      passkeys: passkeys.map((one) => ({
        id: one.id,
        name: one.name,
        created: Date.parse(one.created),
        lastUsed: one.last_used === null ? null : Date.parse(one.last_used),
        cloned: one.cloned,
      })),
    };
  }

  async totpMake(): Promise<NewTotp> {
    const { secret, uri, expires } = await this.core().api.makeTotp();
    return { secret, uri, expires: Date.parse(expires) };
  }

  async totpConfirm(code: string): Promise<readonly string[] | null> {
    return (await this.core().api.confirmTotp(code)).backup_codes;
  }

  async totpRemove(): Promise<void> {
    await this.core().api.removeTotp();
  }

  async backupCodesRenew(): Promise<readonly string[]> {
    const codes = (await this.core().api.renewBackupCodes()).backup_codes;
    if (!codes) throw problem("bad_answer", "The server's answer has no codes.");
    return codes;
  }

  async passkeyOptions(): Promise<Record<string, unknown>> {
    return (await this.core().api.passkeyOptions()).public_key as Record<string, unknown>;
  }

  async passkeyAdd({ clientData, attestationObject, name }: NewPasskey): Promise<readonly string[] | null> {
    const input = { client_data: clientData, attestation_object: attestationObject, ...(name ? { name } : {}) };
    return (await this.core().api.addPasskey(input)).backup_codes;
  }

  async passkeyRename(passkey: string, name: string): Promise<void> {
    await this.core().api.renamePasskey(passkey, name);
  }

  async passkeyRemove(passkey: string): Promise<void> {
    await this.core().api.removePasskey(passkey);
  }

  async resetAsk(email: string, before?: PasswordReset): Promise<PasswordReset> {
    const { id, send_attempt, expires } = await this.core().api.askPasswordReset(email, (before?.sendAttempt ?? 0) + 1);
    return { id, sendAttempt: send_attempt, expires: Date.parse(expires) };
  }

  async resetConfirm(reset: string, by: { code: string } | { link: string }, password: string): Promise<void> {
    await this.core().api.resetPassword(reset, { ...by, password });
  }
}
