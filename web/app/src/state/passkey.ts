// Passkeys in this browser: what the server's options make of them, and what goes back.
import { problem, type PasskeyAssertion } from "@ngx-chat/lib";
import { client, snapshot } from "./client.ts";

/** Whether the server takes passkeys and this browser has them. */
export function passkeysHere(): boolean {
  return snapshot.value?.server?.passkeys != null && typeof PublicKeyCredential === "function";
}

/** Whether the browser offers passkeys where a name is typed. */
export async function passkeysAutofill(): Promise<boolean> {
  return passkeysHere() && (await PublicKeyCredential.isConditionalMediationAvailable?.().catch(() => false)) === true;
}

type Json = Record<string, unknown>;

function bytes(text: unknown): Uint8Array<ArrayBuffer> {
  const plain = atob(String(text).replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  return btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const descriptors = (list: unknown): PublicKeyCredentialDescriptor[] =>
  (Array.isArray(list) ? (list as Json[]) : []).map((one) => ({ ...one, type: "public-key", id: bytes(one.id) }));

/** What the browser refuses, as a problem of ours; the person may have changed their mind. */
function refused(error: unknown): Error {
  const name = error instanceof DOMException ? error.name : "";
  switch (name) {
    case "AbortError": return problem("passkey_aborted", "It was taken back.");
    case "NotAllowedError": return problem("passkey_cancelled", "The browser got no passkey.");
    case "InvalidStateError": return problem("passkey_exists", "This device has a passkey of the account.");
    case "SecurityError": return problem("passkey_elsewhere", "The passkeys belong to another domain.");
    case "NotSupportedError":
    case "ConstraintError": return problem("passkey_unsupported", "The device can't make such a passkey.");
    default: return error instanceof Error ? error : new Error(String(error));
  }
}

/** Asks for a passkey; autofill: where a name is typed, until signal says no. */
export async function usePasskey(
  purpose: "sign_in" | "proof",
  how: { autofill?: boolean; signal?: AbortSignal } = {},
): Promise<PasskeyAssertion> {
  const { options } = await client().security.passkeyChallenge(purpose);
  const { challenge, allowCredentials, ...others } = options;
  try {
    const got = (await navigator.credentials.get({
      publicKey: { ...others, challenge: bytes(challenge), allowCredentials: descriptors(allowCredentials) },
      ...(how.signal ? { signal: how.signal } : {}),
      ...(how.autofill ? { mediation: "conditional" as CredentialMediationRequirement } : {}),
    })) as PublicKeyCredential | null;
    if (!got) throw problem("passkey_cancelled", "The browser got no passkey.");
    const response = got.response as AuthenticatorAssertionResponse;
    return {
      id: got.id,
      client_data: text(response.clientDataJSON),
      authenticator_data: text(response.authenticatorData),
      signature: text(response.signature),
      user_handle: response.userHandle ? text(response.userHandle) : null,
    };
  } catch (error) {
    throw refused(error);
  }
}

/** Makes a passkey by the server's options. */
export async function makePasskey(options: Json): Promise<{ clientData: string; attestationObject: string }> {
  const { challenge, user, excludeCredentials, ...others } = options;
  const owner = user as Json;
  try {
    const made = (await navigator.credentials.create({
      publicKey: {
        ...(others as unknown as PublicKeyCredentialCreationOptions),
        challenge: bytes(challenge),
        user: { ...(owner as unknown as PublicKeyCredentialUserEntity), id: bytes(owner.id) },
        excludeCredentials: descriptors(excludeCredentials),
      },
    })) as PublicKeyCredential | null;
    if (!made) throw problem("passkey_cancelled", "The browser made no passkey.");
    const response = made.response as AuthenticatorAttestationResponse;
    return { clientData: text(response.clientDataJSON), attestationObject: text(response.attestationObject) };
  } catch (error) {
    throw refused(error);
  }
}
