import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Choosing } from "@/features/import/Choosing";
import { Looking } from "@/features/import/Looking";
import { Page } from "@/ui/Page";

/** Bring recordings that there are already: choose them, look at what would be taken, and take it. */
export function ImportPage() {
  const { t } = useTranslation("import");
  const [uploads, setUploads] = useState<string[] | null>(null);
  return (
    <Page title={t("title")} lead={t("lead")}>
      {uploads === null ? (
        <Choosing onSent={setUploads} />
      ) : (
        <Looking uploads={uploads} again={() => setUploads(null)} />
      )}
    </Page>
  );
}
