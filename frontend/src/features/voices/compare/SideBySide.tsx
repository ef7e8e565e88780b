import { Card, SimpleGrid, Stack } from "@mantine/core";
import { HearButton } from "@/features/voices/compare/HearButton";
import { useSpeaking } from "@/features/voices/speaking/useSpeaking";
import { Failed } from "@/ui/Failed";

export interface Pair {
  one: string;
  other: string;
  text: string;
}

export function SideBySide({ one, other, text }: Pair) {
  const speaking = useSpeaking();
  return (
    <Stack>
      <SimpleGrid cols={2}>
        {[one, other].map((voice) => (
          <Card withBorder key={voice} style={{ overflowWrap: "anywhere" }}>
            <HearButton voice={voice} name={voice} text={text} speaking={speaking} />
          </Card>
        ))}
      </SimpleGrid>
      {speaking.error ? <Failed error={speaking.error} /> : null}
    </Stack>
  );
}
