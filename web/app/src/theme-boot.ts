// Runs before the first paint, so that a dark page never flashes white.
let kept: string | null = null;
try {
  kept = localStorage.getItem("ngx_chat.theme");
} catch {
  // no storage: as the system
}
document.documentElement.dataset.theme =
  kept === "light" || kept === "dark" ? kept : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
