// What the browser has and TypeScript's DOM doesn't know yet.
interface TrustedTypePolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown };
}

interface Window {
  readonly trustedTypes?: TrustedTypePolicyFactory;
}

interface Navigator {
  setAppBadge?(count: number): Promise<void>;
  clearAppBadge?(): Promise<void>;
}
