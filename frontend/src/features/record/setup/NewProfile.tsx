import { Checkbox, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { newKey } from "@/client/key";
import { useFormat } from "@/ui/format";
import { addProfile, builtinQuery, profilesQuery } from "../queries";
import { FormEnd } from "./FormEnd";
import { likeliest, nameOfLanguage } from "./languages";

interface NewProfileParts {
  onMade: (name: string) => void;
  onCancel: (() => void) | undefined;
}

const LICENCES = ["CC0 1.0", "CC BY 4.0", "CC BY-SA 4.0", "CC BY-NC 4.0"];

const OTHER = "other";

/** A speaker that is to be: a name, a language, and what they agreed to. */
export function NewProfile({ onMade, onCancel }: NewProfileParts) {
  const { t, i18n } = useTranslation("record");
  const format = useFormat();
  const queries = useQueryClient();
  const tags = (useQuery(builtinQuery).data ?? []).map((list) => list.language);
  const [name, setName] = useState("");
  const [language, setLanguage] = useState("");
  const [otherTag, setOtherTag] = useState("");
  const [own, setOwn] = useState(true);
  const [consent, setConsent] = useState("");
  const [licence, setLicence] = useState("");
  const chosen = language || likeliest(tags, i18n.language);

  const making = useMutation({
    mutationFn: () =>
      addProfile(
        {
          name: name.trim(),
          language: chosen === OTHER ? otherTag.trim() : chosen,
          consent: own ? t("profile.ownConsent", { date: format.date(new Date().toISOString()) }) : consent.trim(),
          licence,
        },
        newKey(),
      ),
    onSuccess: async (profile) => {
      await queries.invalidateQueries({ queryKey: profilesQuery.queryKey });
      onMade(profile.name);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={t("profile.name")}
          description={t("profile.nameHelp")}
          required
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="off"
        />
        <NativeSelect
          label={t("profile.language")}
          description={t("profile.languageHelp")}
          data={[
            ...tags.map((tag) => ({ value: tag, label: nameOfLanguage(tag, i18n.language) })),
            { value: OTHER, label: t("profile.otherLanguage") },
          ]}
          value={chosen}
          onChange={(event) => setLanguage(event.currentTarget.value)}
        />
        {chosen === OTHER ? (
          <TextInput
            label={t("profile.tag")}
            placeholder="nl-NL"
            required
            maxLength={40}
            value={otherTag}
            onChange={(event) => setOtherTag(event.currentTarget.value)}
          />
        ) : null}
        <Checkbox label={t("profile.own")} checked={own} onChange={(event) => setOwn(event.currentTarget.checked)} />
        {own ? null : (
          <Textarea
            label={t("profile.consent")}
            description={t("profile.consentHelp")}
            required
            maxLength={4000}
            autosize
            minRows={2}
            value={consent}
            onChange={(event) => setConsent(event.currentTarget.value)}
          />
        )}
        <NativeSelect
          label={t("profile.licence")}
          description={t("profile.licenceHelp")}
          data={[{ value: "", label: t("profile.undecided") }, ...LICENCES]}
          value={licence}
          onChange={(event) => setLicence(event.currentTarget.value)}
        />
        <Text size="sm" c="dimmed">
          {t("profile.private")}
        </Text>
        <FormEnd make={t("profile.make")} making={making} onCancel={onCancel} />
      </Stack>
    </form>
  );
}
