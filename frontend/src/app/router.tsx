import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Lost } from "@/app/Lost";
import { Shell } from "@/app/Shell";
import { Failed } from "@/ui/Failed";
import { Waiting } from "@/ui/Waiting";

const root = createRootRoute({ component: Shell, notFoundComponent: Lost });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/home/HomePage"), "HomePage"),
});

const voices = createRoute({
  getParentRoute: () => root,
  path: "/voices",
  component: lazyRouteComponent(() => import("@/features/voices/VoicesPage"), "VoicesPage"),
});

const compareVoices = createRoute({
  getParentRoute: () => root,
  path: "/voices/compare",
  component: lazyRouteComponent(() => import("@/features/voices/compare/ComparePage"), "ComparePage"),
});

const voice = createRoute({
  getParentRoute: () => root,
  path: "/voices/$voice",
  component: lazyRouteComponent(() => import("@/features/voices/VoicePage"), "VoicePage"),
});

export const router = createRouter({
  routeTree: root.addChildren([home, voices, compareVoices, voice]),
  // A room is fetched when somebody is about to enter it.
  defaultPreload: "intent",
  defaultPendingComponent: Waiting,
  defaultErrorComponent: ({ error, reset }) => <Failed error={error} again={reset} />,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
