// Line icons on a 24 unit grid. They are decoration: what they mean is said in text beside them.

const paths = {
  back: "M15 5l-7 7 7 7",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM20 20l-4-4",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  send: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  shield: "M12 3l7 3v5c0 4.5-3 8-7 10-4-2-7-5.500-7-10V6zM9 12l2.200 2.200L15.500 10",
  alert: "M12 4l9 16H3zM12 10v4M12 17v.01",
  info: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 11v5M12 8v.01",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v4.500l3 1.500",
  check: "M5 12.500l4.500 4.500L19 7.500",
  checks: "M2.500 12.500l4.200 4.500L15 7.500M11.500 16.200l.8.8L21 7.500",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  retry: "M19 8a8 8 0 1 0 1 6M20 4v4.500h-4.500",
  device: "M4 5h16v10H4zM2.500 19h19M10 15v4M14 15v4",
  phone: "M7 3h10v18H7zM11 18h2",
  key: "M15.500 4a4.500 4.500 0 1 1-3.300 7.500L5 18.700V21h3v-2h2v-2h2l1.200-2.200M16.500 7.500v.01",
  qr: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2M14 18v2",
  user: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.500 20c.8-3.500 3.800-5.500 7.500-5.500s6.700 2 7.500 5.500",
  globe: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM3 12h18M12 3c5 5.500 5 12.500 0 18M12 3c-5 5.500-5 12.500 0 18",
  moon: "M19.500 14A8 8 0 0 1 10 4.500 8 8 0 1 0 19.500 14z",
  disk: "M12 3.500c4.500 0 7.500 1.300 7.500 3s-3 3-7.500 3-7.500-1.300-7.500-3 3-3 7.500-3zM4.500 6.500v11c0 1.700 3 3 7.500 3s7.500-1.300 7.500-3v-11M4.500 12c0 1.700 3 3 7.500 3s7.500-1.300 7.500-3",
  download: "M12 4v11M7 10.500l5 5 5-5M5 20h14",
  out: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  camera: "M4 8h3.500L9 5.500h6L16.500 8H20v11H4zM12 10a3.300 3.300 0 1 1 0 6.600 3.300 3.300 0 0 1 0-6.600z",
  eye: "M2.500 12c2-4 5.500-6 9.500-6s7.500 2 9.500 6c-2 4-5.500 6-9.500 6s-7.500-2-9.500-6zM12 9.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z",
  eyeOff: "M4 4l16 16M9.500 6.300A10 10 0 0 1 12 6c4 0 7.500 2 9.500 6a13 13 0 0 1-2.600 3.400M6 7.800A12.500 12.500 0 0 0 2.500 12c2 4 5.500 6 9.500 6 1.400 0 2.700-.3 4-.8",
  edit: "M4 20l1-4L16.500 4.500l3 3L8 19z",
  chats: "M4 5h16v11H11l-4.500 4v-4H4z",
  forward: "M9 5l7 7-7 7",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, small }: { name: IconName; small?: boolean }) {
  return (
    <svg class={small ? "icon s" : name === "more" ? "icon dots" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** The mark of the product: a bubble that is also a lock. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <path fill="var(--accent)" d="M6 5h20a3 3 0 0 1 3 3v13a3 3 0 0 1-3 3H14.500L8 29.200V24H6a3 3 0 0 1-3-3V8a3 3 0 0 1 3-3z" />
      <path fill="var(--on-accent)" d="M11 13.500h10v6.500H11zM13 13.500V12a3 3 0 0 1 6 0v1.500h-1.600V12a1.400 1.400 0 0 0-2.800 0v1.500z" />
    </svg>
  );
}
