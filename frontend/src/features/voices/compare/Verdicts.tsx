import { Button, Card, Group, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { chance, type Tally } from "@/features/voices/compare/trial";
import { useFormat } from "@/ui/format";

interface VerdictParts {
  one: string;
  other: string;
  tally: Tally;
  again: () => void;
}

/** The tally, hidden until it is asked for: who sees it is not blind any more. */
export function Verdicts({ one, other, tally, again }: VerdictParts) {
  const { t } = useTranslation("voices");
  const [shown, { open, close }] = useDisclosure(false);
  const format = useFormat();
  if (!shown) {
    return (
      <Group>
        <Button variant="default" onClick={open}>
          {t("compare.reveal")}
        </Button>
      </Group>
    );
  }
  const wins = [one, other].map((voice) => tally.wins[voice] ?? 0);
  return (
    <Card withBorder aria-live="polite">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("compare.voice")}</Table.Th>
            <Table.Th>{t("compare.preferred")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {[one, other].map((voice) => (
            <Table.Tr key={voice}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{voice}</Table.Td>
              <Table.Td>{tally.wins[voice] ?? 0}</Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Td>{t("compare.neither")}</Table.Td>
            <Table.Td>{tally.same}</Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed" mt="sm">
        {t("compare.chance", { chance: format.percent(chance(wins[0] ?? 0, wins[1] ?? 0)) })}
      </Text>
      <Group mt="sm">
        <Button
          variant="default"
          onClick={() => {
            close();
            again();
          }}
        >
          {t("compare.again")}
        </Button>
      </Group>
    </Card>
  );
}
