import { Upload } from "tus-js-client";
import { problemIn } from "@/client/problem";
import type { Found } from "@/features/import/files";

const AT_ONCE = 3;

const PART_BYTES = 16 * 1024 * 1024;

/** Seconds between tries; a server that is away for longer than all of them is said to be so. */
const WAITS = [0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 60_000];

export interface Sent {
  files: number;
  bytes: number;
}

/**
 * Send files, a few at a time, each in parts that can be gone on with; answers the uploads' ids in the files' order.
 *
 * A file of which a part came before, also before a reload, goes on there. Raises: ProblemError, or what the network said.
 */
export async function sendFiles(files: Found[], signal: AbortSignal, sent: (so: Sent) => void): Promise<string[]> {
  const ids = new Array<string>(files.length);
  const bytes = new Array<number>(files.length).fill(0);
  let next = 0;
  let whole = 0;
  // One that fails stops the others: who tries again would else send the same files twice at the same time.
  const stopping = new AbortController();
  const stop = () => stopping.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  const tell = () => sent({ files: whole, bytes: bytes.reduce((sum, one) => sum + one, 0) });
  const work = async () => {
    signal.throwIfAborted();
    while (next < files.length && !stopping.signal.aborted) {
      const at = next;
      next += 1;
      const found = files[at] as Found;
      ids[at] = await sendFile(found, stopping.signal, (came) => {
        bytes[at] = came;
        tell();
      });
      bytes[at] = found.file.size;
      whole += 1;
      tell();
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return ids;
  } catch (failure) {
    stopping.abort(failure);
    throw failure;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function sendFile({ file, path }: Found, signal: AbortSignal, came: (bytes: number) => void): Promise<string> {
  return new Promise((done, fail) => {
    const upload = new Upload(file, {
      endpoint: "/api/uploads",
      chunkSize: PART_BYTES,
      retryDelays: WAITS,
      removeFingerprintOnSuccess: true,
      metadata: { filename: file.name, relativePath: path },
      fingerprint: async () => `coaxial ${path} ${file.size} ${file.lastModified}`,
      onProgress: came,
      onError: (error) => {
        const answer = "originalResponse" in error ? error.originalResponse : null;
        fail(answer ? problemIn(answer.getStatus(), answer.getBody()) : new TypeError(error.message));
      },
      onSuccess: () => done((upload.url ?? "").split("/").pop() ?? ""),
    });
    signal.addEventListener(
      "abort",
      () => {
        void upload.abort();
        fail(signal.reason);
      },
      { once: true },
    );
    // Only what is still there on the server can be gone on with; tus asks it.
    upload.findPreviousUploads().then((earlier) => {
      if (signal.aborted) {
        return;
      }
      if (earlier[0]) {
        upload.resumeFromPreviousUpload(earlier[0]);
      }
      upload.start();
    }, fail);
  });
}
