// Whether this browser can encrypt as the conversations need it.

/** null: it can; else what it lacks. */
export async function lacks(): Promise<"secure_context" | "crypto" | "storage" | null> {
  if (!isSecureContext || !crypto.subtle) return "secure_context";
  if (!("indexedDB" in window) || !navigator.locks) return "storage";
  try {
    await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
    await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
  } catch {
    return "crypto";
  }
  return null;
}
