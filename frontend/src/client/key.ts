/** Names a request, so that it is done once however often it is sent. */
export function newKey(): string {
  // crypto.randomUUID is there on localhost and over HTTPS only, and a studio may be at neither.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
