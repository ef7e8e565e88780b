import { Button, Card, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { HearButton } from "@/features/voices/compare/HearButton";
import type { Pair } from "@/features/voices/compare/SideBySide";
import { NO_VERDICTS, newTrial, type Verdict, withVerdict } from "@/features/voices/compare/trial";
import { Verdicts } from "@/features/voices/compare/Verdicts";
import { useSpeaking } from "@/features/voices/speaking/useSpeaking";
import { Failed } from "@/ui/Failed";

/** A and B, and nobody knows which is which until the tally is asked for. */
export function Blind({ one, other, text }: Pair) {
  const { t } = useTranslation("voices");
  const [trial, setTrial] = useState(() => newTrial(one, other));
  const [tally, setTally] = useState(NO_VERDICTS);
  const speaking = useSpeaking();
  const judged = tally.same + (tally.wins[one] ?? 0) + (tally.wins[other] ?? 0);

  const judge = (verdict: Verdict) => {
    speaking.stop();
    setTally(withVerdict(tally, trial, verdict));
    setTrial(newTrial(one, other));
  };

  return (
    <Stack>
      <SimpleGrid cols={2}>
        {(["a", "b"] as const).map((letter) => (
          <Card withBorder key={letter}>
            <Stack>
              <HearButton voice={trial[letter]} name={letter.toUpperCase()} text={text} speaking={speaking} />
              <Button variant="default" onClick={() => judge(letter)}>
                {t("compare.better", { name: letter.toUpperCase() })}
              </Button>
            </Stack>
          </Card>
        ))}
      </SimpleGrid>
      <Group justify="space-between">
        <Button variant="subtle" onClick={() => judge("same")}>
          {t("compare.same")}
        </Button>
        <Text aria-live="polite" c="dimmed" size="sm">
          {t("compare.judged", { count: judged })}
        </Text>
      </Group>
      {speaking.error ? <Failed error={speaking.error} /> : null}
      {judged > 0 ? <Verdicts one={one} other={other} tally={tally} again={() => setTally(NO_VERDICTS)} /> : null}
    </Stack>
  );
}
