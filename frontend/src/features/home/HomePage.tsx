import { useQuery } from "@tanstack/react-query";
import { FirstVisit } from "@/features/home/FirstVisit";
import { standingQuery } from "@/features/home/queries";
import { Return } from "@/features/home/Return";
import { Failed } from "@/ui/Failed";
import { Waiting } from "@/ui/Waiting";

export function HomePage() {
  const { data, error, refetch } = useQuery(standingQuery);
  if (error && !data) {
    return <Failed error={error} again={() => void refetch()} />;
  }
  if (!data) {
    return <Waiting />;
  }
  const isNew = data.profiles.length === 0 && data.voices.length === 0;
  return isNew ? <FirstVisit /> : <Return profiles={data.profiles} voices={data.voices} />;
}
