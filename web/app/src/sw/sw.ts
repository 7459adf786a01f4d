// The service worker: the shell opens without a server, and only in the version
// whose hashes stand here. The API is never touched.
declare const self: ServiceWorkerGlobalScope;
declare const FILES: Record<string, string>; // path → its SHA-256, for integrity
declare const BUILD: string;

const CACHE = `shell-${BUILD}`;
const SHELL = "index.html";

const scope = () => new URL(self.registration.scope);
const address = (path: string) => new URL(path, scope()).href;

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await Promise.all(Object.entries(FILES).map(async ([path, integrity]) => {
    const answer = await fetch(new Request(address(path), { integrity, cache: "no-cache", credentials: "omit" }));
    if (!answer.ok) {
      throw new Error(`${path}: ${answer.status}`);
    }
    await cache.put(address(path), answer);
  }));
}

// The version before stays: tabs that still run it may want its parts.
async function activate(): Promise<void> {
  const shells = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== CACHE);
  await Promise.all(shells.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answer(request: Request, url: URL): Promise<Response> {
  const path = url.pathname.slice(scope().pathname.length);
  const cache = await caches.open(CACHE);

  if (request.mode === "navigate" && (path === "" || path === SHELL)) {
    return (await cache.match(address(SHELL))) ?? fetch(request);
  }
  const name = `${url.origin}${url.pathname}`;
  return (await cache.match(name)) ?? (await caches.match(name)) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

self.addEventListener("message", (event) => {
  if (event.data === "activate") {
    void self.skipWaiting();
  }
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== scope().origin || !url.pathname.startsWith(scope().pathname)) {
    return;
  }
  const path = url.pathname.slice(scope().pathname.length);
  if (path === "" || path in FILES || path.startsWith("assets/")) {
    event.respondWith(answer(event.request, url));
  }
});
