import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { queries } from "@/app/queries";
import { router } from "@/app/router";
import { cssVariables, styleNonce, theme } from "@/app/theme";
import { Live } from "@/client/live";

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <QueryClientProvider client={queries}>
        <Live>
          <RouterProvider router={router} />
        </Live>
      </QueryClientProvider>
    </MantineProvider>
  );
}
