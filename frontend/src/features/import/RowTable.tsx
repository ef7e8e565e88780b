import { Table, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/client/api";
import classes from "@/features/import/import.module.css";
import { Said } from "@/ui/Said";

/** Rows of a source, each with what becomes of it. */
export function RowTable({ rows, caption }: { rows: Schemas["Row"][]; caption: string }) {
  const { t } = useTranslation("import");
  return (
    <section className={classes.wide} tabIndex={0} aria-label={caption}>
      <Table captionSide="top" striped>
        <Table.Caption>{caption}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {(["outcome", "file", "text", "why"] as const).map((column) => (
              <Table.Th key={column}>{t(`row.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.line} ${row.name}`}>
              <Table.Td>
                <Outcome row={row} />
              </Table.Td>
              <Table.Td>{row.name}</Table.Td>
              <Table.Td>{row.text}</Table.Td>
              <Table.Td>
                {row.reason ? (
                  <Said sentence={row.reason} words={t(`reason.${row.code as "silent"}`, { defaultValue: "" })} />
                ) : null}{" "}
                <span lang="en">{row.warnings.join(" ")}</span>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function Outcome({ row }: { row: Schemas["Row"] }) {
  const { t } = useTranslation("import");
  const Mark = row.outcome === "taken" ? IconCircleCheck : IconCircleX;
  return (
    <Text size="sm" style={{ whiteSpace: "nowrap" }}>
      <Mark size={16} aria-hidden style={{ verticalAlign: "-3px" }} /> {t(`outcome.${row.outcome}`)}
    </Text>
  );
}
