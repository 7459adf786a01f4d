// Where the person is. It stands behind the '#', so it never reaches the server.
import { signal } from "@preact/signals";

export type Route =
  | { page: (typeof affairs)[number] }
  | { page: "list" }
  | { page: "chat"; id: string }
  | { page: "safety"; id: string }
  | { page: "new" }
  | { page: "settings" }
  | { page: "profile" }
  | { page: "devices" }
  | { page: "approve"; id: string }
  | { page: "recovery" }
  | { page: "register" }
  | { page: "signin" }
  | { page: "reset" }
  | { page: "factors" };

/** The account's own affairs. */
const affairs = ["password", "email", "activity", "blocks", "export", "delete"] as const;
const plain = new Set<string>([...affairs, "new", "settings", "profile", "devices", "recovery", "register", "signin", "reset", "factors"]);
const ID = /^[0-9a-zA-Z-]{1,64}$/;

export function parseRoute(hash: string): Route {
  const [page = "", id = ""] = hash.replace(/^#\/?/, "").split("/");
  if ((page === "chat" || page === "safety" || page === "approve") && ID.test(id)) {
    return { page, id };
  }
  return plain.has(page) ? ({ page } as Route) : { page: "list" };
}

export function href(route: Route): string {
  if (route.page === "list") return "#/";
  return "id" in route ? `#/${route.page}/${route.id}` : `#/${route.page}`;
}

export const route = signal<Route>(parseRoute(location.hash));

addEventListener("hashchange", () => {
  route.value = parseRoute(location.hash);
});

/** Goes somewhere; with replace the place left isn't gone back to. */
export function go(to: Route, options: { replace?: boolean } = {}): void {
  if (options.replace) {
    history.replaceState(null, "", href(to));
    route.value = to;
  } else {
    location.hash = href(to);
    route.value = to;
  }
}

/** For what takes a while: goes where it leads, unless the person went elsewhere meanwhile. */
export function onward(): typeof go {
  const here = href(route.value);
  return (to, options) => {
    if (href(route.value) === here) go(to, options);
  };
}
