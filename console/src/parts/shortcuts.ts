import { useEffect, useRef } from 'react';
import { shortcutKeys } from './preferences.ts';
import { stored } from './store.ts';

/** Keys by what they do. A key is what the keyboard says (`j`, `A`, `[`), or `g i` for one after the other. */
export type Shortcuts = Readonly<Record<string, { readonly does: string; readonly run: () => void }>>;
export type Group = {
  readonly title: string;
  readonly keys: readonly { readonly key: string; readonly does: string }[];
};

type Entry = { readonly title: string; current: Shortcuts };
/** The latest last: a page's own keys go before the shell's. */
let entries: readonly Entry[] = [];

/** What the keys do where the person is now, for the help. */
export const shortcutGroups = stored<readonly Group[]>([]);

const publish = () =>
  shortcutGroups.set(
    entries.map(({ title, current }) => ({
      title,
      keys: Object.entries(current).map(([key, { does }]) => ({ key, does })),
    })),
  );

const SEQUENCE_MS = 1_200;
let first: { readonly key: string; readonly at: number } | undefined;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)) &&
  !(target instanceof HTMLInputElement && target.type === 'checkbox');

const onKeyDown = (event: KeyboardEvent): void => {
  if (shortcutKeys.get() === 'off' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || document.querySelector('[role="dialog"],[role="alertdialog"]')) return;
  const sequence = first && event.timeStamp - first.at < SEQUENCE_MS ? `${first.key} ${event.key}` : undefined;
  for (const key of [sequence, event.key]) {
    const found = key === undefined ? undefined : entries.findLast(({ current }) => current[key])?.current[key];
    if (!found) continue;
    first = undefined;
    event.preventDefault();
    found.run();
    return;
  }
  first = event.key.length === 1 ? { key: event.key, at: event.timeStamp } : undefined;
};
document.addEventListener('keydown', onKeyDown);

/** Gives keys a meaning while the component is there. */
export const useShortcuts = (title: string, shortcuts: Shortcuts): void => {
  const entry = useRef<Entry>({ title, current: shortcuts });
  const said = Object.entries(shortcuts)
    .map(([key, { does }]) => `${key} ${does}`)
    .join('\n');
  useEffect(() => {
    entry.current.current = shortcuts;
  });
  useEffect(publish, [said]);
  useEffect(() => {
    const own = entry.current;
    entries = [...entries, own];
    publish();
    return () => {
      entries = entries.filter((one) => one !== own);
      publish();
    };
  }, []);
};
