import { Alert, Anchor, AppShell, Burger, Group, NavLink, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Preferences } from "@/app/Preferences";
import { ROOMS } from "@/app/rooms";
import { useLive } from "@/client/live";
import { Indicator } from "@/features/jobs/Indicator";

export function Shell() {
  const { t } = useTranslation("shell");
  const [open, { toggle, close }] = useDisclosure(false);
  const { connected } = useLive();
  const place = useLocation({ select: (location) => location.pathname });
  const content = useRef<HTMLElement>(null);
  const before = useRef(place);
  // Who goes to another room is in it, and no longer at the link that led there: on a phone it is not even to be seen.
  useEffect(() => {
    if (before.current !== place) {
      before.current = place;
      content.current?.focus({ preventScroll: true });
    }
  }, [place]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 200, breakpoint: "sm", collapsed: { mobile: !open } }}
      padding="md"
    >
      <a className="skip" href="#content">
        {t("skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={open}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t("menu")}
              aria-expanded={open}
            />
            <Anchor component={Link} to="/" underline="never" c="inherit">
              <Group gap="xs" wrap="nowrap">
                <img src="/icon.svg" alt="" width={28} height={28} />
                <Text fw={700} size="lg">
                  {t("name")}
                </Text>
              </Group>
            </Anchor>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Indicator />
            <Preferences />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t("menu")} className="rooms" data-open={open || undefined}>
        {ROOMS.map((room) => (
          <NavLink
            key={room.to}
            component={Link}
            to={room.to}
            label={t(`rooms.${room.name}`)}
            leftSection={<room.icon size={20} stroke={1.6} aria-hidden />}
            active={place === room.to || place.startsWith(`${room.to}/`)}
            onClick={close}
          />
        ))}
        <Text size="xs" c="dimmed" mt="auto" p="xs">
          {t("private")}
        </Text>
      </AppShell.Navbar>
      <AppShell.Main id="content" ref={content} tabIndex={-1}>
        <div className="page">
          <div aria-live="polite">
            {connected ? null : (
              <Alert color="yellow" variant="light" icon={<IconPlugConnectedX aria-hidden />} mb="md">
                {t("offline")}
              </Alert>
            )}
          </div>
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}
