/** A file with its folders, as it lay where it was taken from. */
export interface Found {
  path: string;
  file: File;
}

/** What was chosen in a dialog, folders with their paths. */
export function chosenFiles(list: FileList): Found[] {
  return [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file })).filter(isWanted);
}

/** What was dropped: files, and folders with all that is in them. Throws CannotRead. */
export async function droppedFiles(items: DataTransferItemList): Promise<Found[]> {
  // All have to be asked for before the first wait: the browser forgets them when the event is over.
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found = await Promise.all(entries.map((entry) => below(entry)));
  return found.flat().filter(isWanted);
}

/** A file or folder that was dropped and that the browser may not, or can no longer, read. */
export class CannotRead extends Error {
  constructor(readonly path: string) {
    super(`${path} cannot be read.`);
  }
}

async function below(entry: FileSystemEntry): Promise<Found[]> {
  const path = entry.fullPath.replace(/^\//, "");
  const told = <T>(ask: (done: (found: T) => void, fail: () => void) => void) =>
    new Promise<T>((done, fail) => ask(done, () => fail(new CannotRead(path))));
  if (entry.isFile) {
    return [{ path, file: await told<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail)) }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const all: Found[] = [];
  // A folder is told in parts, until one is empty.
  for (;;) {
    const part = await told<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (part.length === 0) {
      return all;
    }
    all.push(...(await Promise.all(part.map((one) => below(one)))).flat());
  }
}

/** What systems leave in every folder is nobody's recording. */
export function isWanted({ path }: Pick<Found, "path">): boolean {
  const parts = path.split("/");
  const name = parts[parts.length - 1] ?? "";
  return !name.startsWith(".") && name !== "Thumbs.db" && name !== "desktop.ini" && !parts.includes("__MACOSX");
}
