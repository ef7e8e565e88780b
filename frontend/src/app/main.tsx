import "@mantine/core/styles.css";
import "@/ui/page.css";

import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "@/app/App";
import { router } from "@/app/router";
import { styleNonce } from "@/app/theme";
import { begin as deliver } from "@/features/record/keep/courier";
import { begin } from "@/text";

const root = document.getElementById("root");
if (root === null) {
  throw new Error("index.html has no element named root.");
}
// What keeps the page still behind a dialog adds a style too, and takes the number from here.
setNonce(styleNonce());
// The room that the address names is fetched beside the words, and what it asks the server with it.
void router.load();
// The words come first: nothing is ever shown in a language the person did not choose.
await begin();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
// Takes that wait in this browser go to the server from whichever room is open.
deliver();
