/** Bytes that a take of three minutes needs twice over: as it is spoken, and as a file. */
const NEEDED = 100_000_000;

/** Whether the browser has room for another take; a browser that does not tell is believed to. */
export async function hasRoom(): Promise<boolean> {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined || usage === undefined || quota - usage >= NEEDED;
  } catch {
    return true;
  }
}

/** Ask the browser to keep what is in it however full the disk becomes; answers whether it promised that. */
export async function askForPromise(): Promise<boolean> {
  try {
    return (await navigator.storage.persisted()) || (await navigator.storage.persist());
  } catch {
    return false;
  }
}
