// What the browser says of the room that this site's data takes.

function manager(): StorageManager | undefined {
  return globalThis.navigator?.storage as StorageManager | undefined;
}

export async function storageUse(): Promise<{ usage: number | null; quota: number | null; persisted: boolean | null }> {
  const { usage = null, quota = null } = (await manager()?.estimate?.()) ?? {};
  return { usage, quota, persisted: (await manager()?.persisted?.()) ?? null };
}

/** Asks that the data be kept when room runs short. */
export async function persist(): Promise<boolean> {
  return (await manager()?.persist?.()) ?? false;
}
