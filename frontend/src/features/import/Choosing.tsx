import { Alert, Button, FileButton, Group, List, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconFolder, IconUpload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type DragEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { CannotRead, chosenFiles, droppedFiles, type Found } from "@/features/import/files";
import classes from "@/features/import/import.module.css";
import { Sending } from "@/features/import/Sending";
import { type Sent, sendFiles } from "@/features/import/sending";
import { Failed } from "@/ui/Failed";

/** Files, folders, a ZIP or a table: dropped here, or chosen. */
export function Choosing({ onSent }: { onSent: (uploads: string[]) => void }) {
  const { t } = useTranslation("import");
  const [over, setOver] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [sent, setSent] = useState<Sent>({ files: 0, bytes: 0 });
  const folder = useRef<HTMLInputElement>(null);
  const stopping = useRef(new AbortController());

  // Whoever leaves stops it: nobody would be there for what has come. The same files go on where they were.
  useEffect(() => () => stopping.current.abort(), []);

  const sending = useMutation({
    mutationFn: (files: Found[]) => {
      stopping.current = new AbortController();
      setSent({ files: 0, bytes: 0 });
      return sendFiles(files, stopping.current.signal, setSent);
    },
    onSuccess: onSent,
  });
  const send = (files: Found[]) => {
    setRefused(null);
    sending.mutate(files);
  };
  const take = (files: Found[]) => (files.length > 0 ? send(files) : setRefused(t("drop.nothing")));
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    droppedFiles(event.dataTransfer.items).then(take, (error: unknown) =>
      setRefused(t("drop.unreadable", { path: error instanceof CannotRead ? error.path : String(error) })),
    );
  };

  if (sending.isPending) {
    return <Sending files={sending.variables} sent={sent} cancel={() => stopping.current.abort()} />;
  }
  const failed = sending.error && !stopping.current.signal.aborted;
  return (
    <Stack>
      {failed ? <Failed error={sending.error} again={() => send(sending.variables ?? [])} /> : null}
      {sending.error && stopping.current.signal.aborted ? <Alert color="cyan">{t("stopped")}</Alert> : null}
      {refused ? (
        <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} role="alert">
          {refused}
        </Alert>
      ) : null}
      <section
        className={classes.drop}
        data-over={over || undefined}
        aria-label={t("drop.label")}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <IconUpload size={40} stroke={1.4} aria-hidden />
        <Text size="lg">{t("drop.here")}</Text>
        <Group justify="center">
          <FileButton
            onChange={(files) => files.length > 0 && send(files.map((file) => ({ path: file.name, file })))}
            multiple
          >
            {(props) => <Button {...props}>{t("drop.files")}</Button>}
          </FileButton>
          <Button
            variant="default"
            leftSection={<IconFolder size={18} aria-hidden />}
            onClick={() => folder.current?.click()}
          >
            {t("drop.folder")}
          </Button>
          <input
            ref={(input) => {
              folder.current = input;
              // React does not know the attribute.
              input?.setAttribute("webkitdirectory", "");
            }}
            type="file"
            hidden
            aria-hidden
            tabIndex={-1}
            onChange={(event) => take(chosenFiles(event.currentTarget.files ?? new DataTransfer().files))}
          />
        </Group>
      </section>
      <div>
        <Text fw={600}>{t("forms.title")}</Text>
        <List>
          {(["zip", "table", "texts"] as const).map((form) => (
            <List.Item key={form}>{t(`forms.${form}`)}</List.Item>
          ))}
        </List>
        <Text c="dimmed" size="sm" mt="xs">
          {t("forms.kept")}
        </Text>
      </div>
    </Stack>
  );
}
