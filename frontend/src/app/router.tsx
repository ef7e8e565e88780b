import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Lost } from "@/app/Lost";
import { queries } from "@/app/queries";
import { Shell } from "@/app/Shell";
import { HomePage } from "@/features/home/HomePage";
import { standingQuery } from "@/features/home/queries";
import { searched } from "@/features/jobs/filters";
import { boothSearch } from "@/features/record/search";
import { runSearch } from "@/features/training/run/search";
import { Failed } from "@/ui/Failed";
import { Waiting } from "@/ui/Waiting";

const root = createRootRoute({ component: Shell, notFoundComponent: Lost });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  loader: () => void queries.prefetchQuery(standingQuery),
  // The first page that most people see: it waits for no file of its own.
  component: HomePage,
});

const record = createRoute({
  getParentRoute: () => root,
  path: "/record",
  component: lazyRouteComponent(() => import("@/features/record/RecordPage"), "RecordPage"),
});

const booth = createRoute({
  getParentRoute: () => root,
  path: "/record/$profile/$list",
  validateSearch: boothSearch,
  component: lazyRouteComponent(() => import("@/features/record/BoothPage"), "BoothPage"),
});

const importing = createRoute({
  getParentRoute: () => root,
  path: "/import",
  component: lazyRouteComponent(() => import("@/features/import/ImportPage"), "ImportPage"),
});

const imported = createRoute({
  getParentRoute: () => root,
  path: "/import/$job",
  component: lazyRouteComponent(() => import("@/features/import/ReportPage"), "ReportPage"),
});

const datasets = createRoute({
  getParentRoute: () => root,
  path: "/dataset",
  component: lazyRouteComponent(() => import("@/features/dataset/DatasetPage"), "DatasetPage"),
});

const dataset = createRoute({
  getParentRoute: () => root,
  path: "/dataset/$dataset",
  component: lazyRouteComponent(() => import("@/features/dataset/ClipsPage"), "ClipsPage"),
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

const train = createRoute({
  getParentRoute: () => root,
  path: "/train",
  component: lazyRouteComponent(() => import("@/features/training/TrainPage"), "TrainPage"),
});

const trainBegun = createRoute({
  getParentRoute: () => root,
  path: "/train/job/$job",
  component: lazyRouteComponent(() => import("@/features/training/run/BegunPage"), "BegunPage"),
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/train/$run",
  validateSearch: runSearch,
  component: lazyRouteComponent(() => import("@/features/training/run/RunPage"), "RunPage"),
});

const jobs = createRoute({
  getParentRoute: () => root,
  path: "/jobs",
  validateSearch: searched,
  component: lazyRouteComponent(() => import("@/features/jobs/JobsPage"), "JobsPage"),
});

const system = createRoute({
  getParentRoute: () => root,
  path: "/system",
  component: lazyRouteComponent(() => import("@/features/system/SystemPage"), "SystemPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    record,
    booth,
    importing,
    imported,
    datasets,
    dataset,
    voices,
    compareVoices,
    voice,
    train,
    trainBegun,
    run,
    jobs,
    system,
  ]),
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
