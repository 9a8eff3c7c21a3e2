import { remembered } from './store.ts';

export const theme = remembered('theme', ['system', 'light', 'dark']);
/** Single-key shortcuts can be turned off (WCAG 2.1.4): speech input would press them. */
export const shortcutKeys = remembered('shortcuts', ['on', 'off']);
/** In which zone times are shown; the other is beside it where there is room, and in the title elsewhere. */
export const zone = remembered('zone', ['local', 'utc']);

const apply = (): void => {
  const chosen = theme.get();
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
};

/** Before the first paint, so that nothing flashes. */
export const applyTheme = (): void => {
  apply();
  theme.listen(apply);
};
